package app

import (
	"time"

	"github.com/google/uuid"
)

// MessageKind says what a person sent. The rest of ferry answers text; other
// kinds are recorded whole and answered honestly.
type MessageKind string

// The kinds of inbound message.
const (
	KindText     MessageKind = "text"
	KindMedia    MessageKind = "media"
	KindLocation MessageKind = "location"
	KindButton   MessageKind = "button" // a tapped quick reply; Body holds its text too
)

// Message is one inbound WhatsApp message, checked and cleaned.
type Message struct {
	SID         string  // Twilio's MessageSid: the idempotency key of everything that follows
	From        Address // where to answer
	UserID      Address // the business-scoped user id when Twilio names one; may equal From
	ProfileName string  // chosen by the sender: never trusted, never used to identify
	Kind        MessageKind
	Body        string // valid UTF-8 without NUL; "" for most media
	// RawBody holds the bytes as received when cleaning changed them, else nil.
	RawBody []byte
	// Details are the other form fields worth keeping (media URLs, button
	// payload, quoted message), by Twilio's own key.
	Details    map[string]string
	ReceivedAt time.Time
}

// Receipt is what became of an accepted message. It exists only after commit.
type Receipt struct {
	ConversationID uuid.UUID
	ExecutionID    uuid.UUID // names this message's processing; the seed's executionId
	Duplicate      bool      // the SID was known: nothing new happened
	RateLimited    bool      // recorded, not executed: too many messages a minute
	Refused        bool      // recorded, not executed: rate limit, opt-out or unknown sender
}
