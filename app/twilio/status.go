package twilio

import (
	"errors"
	"strconv"
	"time"
)

// Status is one step in the life of a message that ferry sent, as Twilio's
// status callback tells it. Callbacks come in any order, more than once, or
// not at all.
type Status struct {
	PartID     string // ferry's own id of the message, from the callback URL's query; "" without one
	MessageSID string
	// Status is Twilio's word: queued, sent, delivered, read, failed,
	// undelivered, … Words that ferry does not know are kept as well.
	Status     string
	ErrorCode  int // 0 without an error; ClassOfFailure treats it
	ReceivedAt time.Time
}

// Failed says that the message did not and will not arrive.
func (s Status) Failed() bool {
	return s.Status == "failed" || s.Status == "undelivered" || s.Status == "canceled"
}

// StatusRank orders the statuses of an outbound message: a later one never
// gives way to one of lower rank. Words that ferry does not know rank lowest.
//
// failed, undelivered and canceled end a message that was not delivered, and
// lose against delivered and read: Twilio has been seen to report both, and the
// person has the message then.
func StatusRank(status string) int {
	switch status {
	case "queued":
		return 1
	case "sending":
		return 2
	case "sent":
		return 3
	case "failed", "undelivered", "canceled":
		return 4
	case "delivered", "partially_delivered":
		return 5
	case "read":
		return 6
	default: // accepted, scheduled
		return 0
	}
}

// ParseStatus reads a status callback from a verified form; partID is ferry's
// id of the message, which the callback URL carries. The error is an *app.Error
// of kind Invalid, for a form that is about something else.
func ParseStatus(form Form, partID string) (Status, error) {
	s := Status{
		PartID:     partID,
		MessageSID: form.Get("MessageSid"),
		Status:     form.Get("MessageStatus"),
		ReceivedAt: time.Now().UTC(),
	}
	if s.MessageSID == "" || s.Status == "" {
		return Status{}, invalid(errors.New("the form is not a status callback"))
	}
	if code, err := strconv.Atoi(form.Get("ErrorCode")); err == nil {
		s.ErrorCode = code
	}
	return s, nil
}
