package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"ferry/persona"
	"ferry/sql/queries"
)

// purpose says why a part is sent; see the reply_parts table.
type purpose string

const (
	purposeReply  purpose = "reply"
	purposeNotice purpose = "notice" // refusals and rate-limit notices: the message itself is closed already
	// purposeAcknowledgement: "message received", never after the answer.
	purposeAcknowledgement purpose = "acknowledgement"
)

// reply is a text to be sent to a contact, not yet split into parts.
type reply struct {
	conversationID uuid.UUID
	contactID      uuid.UUID
	purpose        purpose
	text           string
	priority       int // River's, 1 to 4
	at             time.Time
}

// planReplies stores the parts of replies and one send job for each, inside
// tx: they exist together with whatever tx says, or not at all.
func planReplies(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], replies []reply) error {
	if len(replies) == 0 {
		return nil
	}
	var rows queries.InsertReplyPartsParams
	sends := make([]river.InsertManyParams, 0, len(replies))
	for _, r := range replies {
		texts := persona.Split(r.text)
		ids := make([]uuid.UUID, len(texts))
		for i, text := range texts {
			ids[i] = newID()
			rows.Ids = append(rows.Ids, ids[i])
			rows.ConversationIds = append(rows.ConversationIds, r.conversationID)
			rows.ContactIds = append(rows.ContactIds, r.contactID)
			rows.Purposes = append(rows.Purposes, string(r.purpose))
			rows.Part = append(rows.Part, int32(i+1))
			rows.Parts = append(rows.Parts, int32(len(texts))) //nolint:gosec // at most 3
			rows.Bodies = append(rows.Bodies, text)
			rows.Deadlines = append(rows.Deadlines, r.at.Add(replyDeadline))
			rows.CreatedAt = append(rows.CreatedAt, r.at)
		}
		sends = append(sends, river.InsertManyParams{
			Args:       SendArgs{PartIDs: ids},
			InsertOpts: &river.InsertOpts{Queue: QueueSend, Priority: r.priority, MaxAttempts: maxAttempts},
		})
	}
	if err := queries.New(tx).InsertReplyParts(ctx, rows); err != nil {
		return fmt.Errorf("insert reply parts: %w", err)
	}
	if _, err := client.InsertManyTx(ctx, tx, sends); err != nil {
		return fmt.Errorf("insert send jobs: %w", err)
	}
	return nil
}
