package jobs

import (
	"context"
	"fmt"
	"time"

	"ferry/app"
	"ferry/persona"
	"ferry/sql/queries"
)

// AckMode says when a person who waits for an agent is told so.
type AckMode string

// The modes of ACK_MODE.
const (
	AckOff       AckMode = "off"
	AckImmediate AckMode = "immediate" // with the message itself, by the inbox
	AckAuto      AckMode = "auto"      // when the agent takes longer than AckAfter
)

// ackEvery is how often slow runs are looked for.
const ackEvery = 250 * time.Millisecond

// acknowledger tells people whose agent is slow that their message arrived. It
// works from the tables, so that a restart forgets nobody and no timer is kept
// for the many whose answer is quick.
type acknowledger struct {
	base  Base
	after time.Duration
}

func (a *acknowledger) run(ctx context.Context) {
	ticker := time.NewTicker(ackEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := a.look(ctx); err != nil && ctx.Err() == nil {
				a.base.Log.Warn("slow runs not acknowledged", "error", err)
			}
		}
	}
}

// look acknowledges the slow runs of this moment, each once.
func (a *acknowledger) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	tx, err := a.base.Pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin acknowledgement: %w", err)
	}
	defer rollback(ctx, tx)
	q := queries.New(tx)
	if ours, err := q.OneAcknowledger(ctx); err != nil || !ours {
		return err
	}
	slow, err := q.SlowConversations(ctx, a.after.Seconds())
	if err != nil {
		return fmt.Errorf("look for slow runs: %w", err)
	}
	replies := make([]reply, 0, len(slow))
	for _, s := range slow {
		who := app.PersonaDefault
		if s.Persona != nil {
			who = app.Persona(*s.Persona)
		}
		r, err := acknowledgement(who)
		if err != nil {
			return err
		}
		r.conversationID, r.contactID, r.at = s.ConversationID, s.ContactID, s.Now
		replies = append(replies, r)
	}
	if err := planReplies(ctx, tx, a.base.River, replies); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit acknowledgement: %w", err)
	}
	return nil
}

func acknowledgement(who app.Persona) (reply, error) {
	text, err := persona.Render(who, app.Acknowledgement{}, time.UTC)
	if err != nil {
		return reply{}, fmt.Errorf("render acknowledgement: %w", err)
	}
	return reply{purpose: purposeAcknowledgement, text: text, priority: 1}, nil
}
