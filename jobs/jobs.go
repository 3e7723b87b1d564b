// Package jobs is the way of a message through ferry, one file a step:
//
//	inbox.go      the webhook's transaction: contact, conversation, execution or reply, River job
//	interpret.go  what a text means and what is to be done about it
//	execute.go    River job "execute": run the agent, store the result and the reply
//	send.go       River job "send": hand the reply's parts to Twilio, each once
//	statuses.go   Twilio's callbacks about those parts
//
// and of what keeps it honest: retry.go (what is tried again, and when),
// failures.go (who is told what), liveness.go (jobs of dead processes run
// again), sweep.go (nothing stays open past its deadline).
//
// Each step commits its own outcome and the next step's job in one
// transaction, so that whatever dies, the work is either not done or handed
// on. A job's arguments are row ids and nothing else: River's tables and its
// UI hold no personal data.
package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"ferry/app/metrics"
)

// The queues. Executions that people wait for share one, in the order of
// River's priority; slow and unattended work has its own, so that it cannot
// hold those people up.
const (
	QueueInteractive = "interactive"
	QueueReports     = "reports"
	QueueSend        = "send"
	QueueBackground  = "background"
)

// Base is what every step needs.
type Base struct {
	Pool    *pgxpool.Pool
	River   *river.Client[pgx.Tx] // inserts jobs; in a worker process it also runs them
	Metrics *metrics.Metrics
	Log     *slog.Logger
}

// replyDeadline is how long an answer is worth sending. Past it the message
// ends in a recorded failure: an answer about stock that is a quarter of an
// hour old misleads, and nothing may be retried for weeks.
const replyDeadline = 15 * time.Minute

// rollbackTimeout bounds the good-bye to a connection that may be dead.
const rollbackTimeout = 5 * time.Second

// rollback undoes tx unless it was committed.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // after a commit it has nothing to do
}

// newID makes an id that sorts by time (UUIDv7): rows of one moment lie
// together in every index, and a span of ids is a span of time.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
