// Package twilio is ferry's border with Twilio: it checks and reads webhooks
// (Verifier, ParseMessage, ParseStatus) and sends messages (Sender). Nothing
// outside this package knows Twilio's parameters, signatures or error codes,
// and nothing inside it stores anything.
//
// Incoming forms pass through three gates in this order: they must be signed
// (signature.go), each parameter must look as Twilio writes it (keys.go), and
// no other form may read as the same signed text (resplit.go).
package twilio
