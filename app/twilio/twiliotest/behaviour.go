package twiliotest

import (
	"net/http"
	"net/url"
	"time"
)

// Behaviour scripts the fate of one request that makes a message. The zero
// Behaviour is Twilio on a good day.
type Behaviour struct {
	// Status refuses the request with this HTTP status; 0 accepts it with 201.
	Status int
	// Code is the Twilio error code in the refusal; 0 picks one that fits Status.
	Code int
	// RetryAfter becomes the Retry-After header of the refusal, in whole seconds.
	RetryAfter time.Duration
	// Raw replaces the body of the answer, whatever its status: "<html>…",
	// "{}", half a JSON object.
	Raw string
	// Accept makes the message although Status refuses it: the 500 after which
	// the message arrives all the same.
	Accept bool
	// Delay passes before the answer, after the message was accepted: a client
	// that gives up meanwhile cannot know what happened.
	Delay time.Duration
	// Lose accepts the message and hangs up without an answer.
	Lose bool
	// Reset hangs up before the message is accepted, with a TCP reset.
	Reset bool
	// CallbackFirst holds the answer back until the message's callbacks were
	// posted, those with a delay excepted.
	CallbackFirst bool
	// Steps replaces Options.Steps for this message: a failure, a duplicate, the
	// wrong order. An empty slice that is not nil leaves it queued for ever.
	Steps []Step
}

// Step is one later change of a message's status, told by a status callback.
type Step struct {
	Status    string        // sent, delivered, read, failed, undelivered, …
	ErrorCode int           // told with failed and undelivered; 0 without
	After     time.Duration // after the step before, or after acceptance
	Silent    bool          // the status changes and the callback is lost
}

// DefaultSteps is the life of a message on a good day.
func DefaultSteps() []Step {
	return []Step{{Status: "sent"}, {Status: "delivered"}}
}

// Fails is the life of a message that Twilio accepts and cannot deliver, for
// example code 63016 when the 24-hour window is closed.
func Fails(status string, code int) []Step {
	return []Step{{Status: status, ErrorCode: code}}
}

// Decide scripts a Fake: it is called for each well-formed, authorised request
// that makes a message, with its running number from 1 and its parameters. It
// may be called by several goroutines at a time.
type Decide func(n int, form url.Values) Behaviour

// codeFor is the error code that Twilio sends with a status.
func codeFor(status int) int {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return 20003
	case status == http.StatusNotFound:
		return 20404
	case status == http.StatusTooManyRequests:
		return 20429
	case status == http.StatusServiceUnavailable:
		return 20503
	case status >= 500:
		return 20500
	default:
		return 20001
	}
}
