package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ferry/app"
	"ferry/app/fault"
	"ferry/app/gather"
	"ferry/app/metrics"
	"ferry/sql/queries"
)

// InboxOptions tune the inbox; the zero value is the product's.
type InboxOptions struct {
	// RateLimit is how many messages a minute one person may have executed;
	// 0 means no limit.
	RateLimit int
	// Ack is AckImmediate to acknowledge each message that an agent will answer.
	Ack AckMode
	// Shards is how many transactions may be under way at once; 0 means 1. A
	// person's messages always go to the same shard, so they keep their order
	// and never wait for a lock of their own process. On two cores one shard,
	// whose batches are the largest, took in a fifth more than two, and half as
	// much again as four.
	Shards int
	// MaxBatch bounds the messages of one transaction; 0 means 128. The
	// benchmark sets 1 to show what group commit is worth.
	MaxBatch int
}

const defaultShards = 1

// Inbox takes messages in.
type Inbox struct {
	base      Base
	directory *Directory
	rateLimit int
	ack       AckMode
	seed      maphash.Seed
	shards    []*gather.Group[app.Message, app.Receipt]
}

// NewInbox starts an inbox. Close it after the last Accept has returned.
func NewInbox(base Base, directory *Directory, opts InboxOptions) *Inbox {
	if opts.Shards <= 0 {
		opts.Shards = defaultShards
	}
	in := &Inbox{base: base, directory: directory, rateLimit: opts.RateLimit, ack: opts.Ack, seed: maphash.MakeSeed()}
	for range opts.Shards {
		in.shards = append(in.shards, gather.NewCarrying(in.flush, gather.Options{
			Max:       opts.MaxBatch,
			Retryable: databaseAway,
			Observe:   func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageInbox, n, took) },
		}))
	}
	return in
}

// Close finishes the messages that wait and takes no more.
func (in *Inbox) Close() {
	for _, shard := range in.shards {
		shard.Close()
	}
}

// Accept stores a message together with what it leads to, and returns after
// the commit: what has a Receipt cannot be lost, and what has none was not
// promised. A SID that was seen before gives the first one's Receipt and does
// nothing. While the database is away Accept keeps trying until ctx ends; its
// error is then of Kind Unavailable, and the message may still be stored: the
// SID makes a redelivery harmless. A message that Postgres will not take is
// recorded as refused.
func (in *Inbox) Accept(ctx context.Context, m app.Message) (app.Receipt, error) {
	shard := in.shards[maphash.String(in.seed, string(m.From))%uint64(len(in.shards))]
	receipt, err := shard.Do(ctx, m)
	switch {
	case err == nil:
	case databaseAway(err) || ctx.Err() != nil || errors.Is(err, gather.ErrClosed):
		return app.Receipt{}, app.Errorf(app.Unavailable, "accept message %s: %w", m.SID, err)
	default:
		in.base.Log.Error("message could not be stored as it is", "message_sid", m.SID, "error", err)
		if receipt, err = in.storeRemains(ctx, m); err != nil {
			return app.Receipt{}, app.Errorf(app.Internal, "accept message %s: %w", m.SID, err)
		}
	}
	in.base.Metrics.MessageTaken(messageOutcome(receipt))
	return receipt, nil
}

func messageOutcome(r app.Receipt) metrics.MessageOutcome {
	switch {
	case r.Duplicate:
		return metrics.MessageDuplicate
	case r.RateLimited:
		return metrics.MessageRateLimited
	case r.Refused:
		return metrics.MessageRefused
	default:
		return metrics.MessageAccepted
	}
}

// storeRemains ends a message that can never be stored in a recorded refusal:
// a redelivery would fail as it did, for ever.
func (in *Inbox) storeRemains(ctx context.Context, m app.Message) (app.Receipt, error) {
	r := app.Receipt{ConversationID: newID(), ExecutionID: newID(), Refused: true}
	raw := m.RawBody
	if raw == nil {
		raw = []byte(m.Body)
	}
	phone, ok := m.From.Phone()
	if !ok {
		phone = ""
	}
	err := pgx.BeginFunc(ctx, in.base.Pool, func(tx pgx.Tx) error {
		q := queries.New(tx)
		if _, err := q.AddContacts(ctx, queries.AddContactsParams{
			Ids: []uuid.UUID{newID()}, Addresses: []string{string(m.From)}, PhoneNumbers: []string{phone}, ProfileNames: []string{""},
		}); err != nil {
			return fmt.Errorf("add contact: %w", err)
		}
		return q.InsertUnstorable(ctx, queries.InsertUnstorableParams{
			ID: r.ConversationID, MessageSID: m.SID, ExecutionID: r.ExecutionID, RawBody: raw, Address: string(m.From),
		})
	})
	if err != nil {
		return app.Receipt{}, fmt.Errorf("store what is left: %w", err)
	}
	return r, nil
}

const flushTimeout = 10 * time.Second

// flush stores one batch in one transaction.
func (in *Inbox) flush(ctx context.Context, messages []app.Message) ([]gather.Outcome[app.Receipt], error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	tx, err := in.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin inbox transaction: %w", err)
	}
	defer rollback(ctx, tx)

	b := &batch{inbox: in, tx: tx}
	if err := b.lock(ctx, messages); err != nil {
		return nil, err
	}
	outcomes := make([]gather.Outcome[app.Receipt], len(messages))
	for i, m := range messages {
		outcomes[i] = b.take(m)
	}
	if err := b.store(ctx); err != nil {
		return nil, err
	}
	fault.Point(fault.InboxStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit inbox transaction: %w", err)
	}
	fault.Point(fault.InboxCommitted)
	for _, line := range b.log {
		in.base.Log.Info("message received", line...)
	}
	return outcomes, nil
}
