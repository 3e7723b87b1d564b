// Package twiliotest is a stand-in for Twilio that speaks only HTTP: the
// Messages API on one side, signed webhooks and status callbacks on the other.
// Tests, the benchmark and the demo's simulator use it in place of the real
// service; it shares no code with package twilio, so that a mistake there does
// not cancel itself out here.
//
// A Fake is strict where Twilio is (credentials, required parameters, the
// length of a body, sender and callback rules) and can be told, request by
// request, to fail in the ways that Twilio and networks do.
package twiliotest
