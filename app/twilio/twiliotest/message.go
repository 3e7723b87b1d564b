package twiliotest

import "time"

// Message is one message as the fake has it on record. Values handed out are
// copies: nothing in them changes later.
type Message struct {
	N                   int    // running number among accepted and inbound messages, from 1
	SID                 string // "SM" or, with media, "MM" and 32 hex digits
	Inbound             bool   // sent by a Phone to our number
	From, To            string // "whatsapp:…"
	MessagingServiceSID string
	Body                string
	MediaURLs           []string
	StatusCallback      string
	Status              string
	ErrorCode           int // 0 without an error
	DateCreated         time.Time
	DateSent            time.Time // zero until the message has left Twilio's queue
	DateUpdated         time.Time
	History             []StatusChange // every status so far, the first included
}

// StatusChange is one step in a message's life.
type StatusChange struct {
	Status string
	At     time.Time
}

// clone copies what a later change of the record would touch. History only
// grows, and appending never changes what a shorter slice sees.
func (m *Message) clone() Message {
	c := *m
	c.History = m.History[:len(m.History):len(m.History)]
	return c
}

// rank orders the statuses: a message never moves back to a lower one, however
// late a callback is. An unknown status ranks lowest.
func rank(status string) int {
	switch status {
	case "queued":
		return 1
	case "sending":
		return 2
	case "sent":
		return 3
	case "delivered":
		return 4
	case "read":
		return 5
	case "failed", "undelivered", "canceled":
		return 6
	default: // accepted, scheduled, received
		return 0
	}
}
