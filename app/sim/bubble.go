package sim

import (
	"time"

	"ferry/app/twilio/twiliotest"
)

// Status is how far a message has come: what its ticks show.
type Status string

// The statuses, in their order. A person's own message is queued until ferry
// has answered the webhook, then delivered, and read when ferry has written
// back; a message of ferry's has the status that Twilio tells of it.
const (
	StatusQueued    Status = "queued"
	StatusSent      Status = "sent"
	StatusDelivered Status = "delivered"
	StatusRead      Status = "read"
	StatusFailed    Status = "failed"
)

// Bubble is one message in a person's chat, as it is now.
type Bubble struct {
	ID     string    `json:"id"`     // Twilio's message SID
	N      int       `json:"n"`      // place in the order of all messages
	Person string    `json:"person"` // whose chat it is in: Person.Phone
	Mine   bool      `json:"mine"`   // written by the person, not by ferry
	Text   string    `json:"text"`
	Media  []string  `json:"media,omitempty"` // URLs
	At     time.Time `json:"at"`
	Status Status    `json:"status"`
	Error  int       `json:"error,omitempty"` // Twilio's code of a message of ferry's that failed

	// Webhook is what ferry answered to a person's message; nil until then.
	Webhook *Webhook `json:"webhook,omitempty"`
	// AnsweredMS is the time in ms from a person's message to the first one that
	// ferry sent after it; 0 until then. The wire does not say which question a
	// message answers, so after two quick questions it is a guess.
	AnsweredMS float64 `json:"answeredMs,omitempty"`
}

// Webhook is ferry's answer to a webhook.
type Webhook struct {
	Status      int     `json:"status"` // HTTP; 0 when there was no answer
	MS          float64 `json:"ms"`     // from the first byte out to the last byte in
	ExecutionID string  `json:"executionId,omitempty"`
	Note        string  `json:"note,omitempty"`  // ferry's word on it
	Error       string  `json:"error,omitempty"` // why there was no answer, or no good one
}

// Accepted says that ferry took the message.
func (w Webhook) Accepted() bool { return w.Status/100 == 2 }

// Sent is the API's answer to a message that was sent.
type Sent struct {
	ID      string  `json:"id"` // of its Bubble
	Webhook Webhook `json:"webhook"`
}

// newBubble shows a message of the fake's.
func newBubble(m twiliotest.Message) Bubble {
	b := Bubble{
		ID: m.SID, N: m.N, Mine: m.Inbound, Text: m.Body, Media: m.MediaURLs,
		At: m.DateCreated, Status: statusOf(m.Status), Error: m.ErrorCode,
	}
	other := m.To
	if m.Inbound {
		other = m.From
	}
	b.Person = numberOf(other)
	return b
}

// statusOf reads a status of Twilio's.
func statusOf(twilio string) Status {
	switch twilio {
	case "sent":
		return StatusSent
	case "delivered":
		return StatusDelivered
	case "read":
		return StatusRead
	case "failed", "undelivered", "canceled":
		return StatusFailed
	default: // accepted, queued, sending; an inbound message's received
		return StatusQueued
	}
}
