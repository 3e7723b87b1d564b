package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"ferry/app"
	"ferry/sql/queries"
)

// SweepArgs asks for one look at what should be closed by now.
type SweepArgs struct{}

// Kind implements river.JobArgs.
func (SweepArgs) Kind() string { return "sweep" }

const (
	sweepEvery = 30 * time.Second
	// sweepBack is how far back open conversations are looked for. Older ones
	// were seen by an earlier sweep, or have a send job that says why itself.
	sweepBack = time.Hour
)

// sweeper ends what nobody else will end: runs whose job was cancelled or
// deleted by hand, and messages that are still open past every deadline. It
// finds nothing in a healthy system.
type sweeper struct {
	river.WorkerDefaults[SweepArgs]
	base     Base
	executor *executor
}

var errAbandoned = errors.New("no job was left to run it")

// Work implements river.Worker.
func (w *sweeper) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	q := queries.New(w.base.Pool)
	ids, err := q.OverdueExecutions(ctx)
	if err != nil {
		return fmt.Errorf("look for overdue executions: %w", err)
	}
	// One that cannot be ended must not keep the others open.
	var errs []error
	for _, id := range ids {
		errs = append(errs, w.abandon(ctx, id))
	}
	return errors.Join(append(errs, w.closeOverdue(ctx, q))...)
}

// abandon ends a run as failed and tells the person so.
func (w *sweeper) abandon(ctx context.Context, id uuid.UUID) error {
	claim, err := w.executor.claims.Do(ctx, id)
	if err != nil {
		return fmt.Errorf("claim overdue execution: %w", err)
	}
	if claim.row == nil {
		return nil
	}
	err = w.executor.commit(ctx, executionOutcome{
		claim: claim.row, err: errAbandoned, result: app.Trouble{Text: app.TextAgentError},
	}, 0)
	if errors.Is(err, errOvertaken) {
		return nil
	}
	return err
}

// closeOverdue fails the conversations whose reply was not sent in time. The
// margin lets the send jobs record their own, better reason first.
func (w *sweeper) closeOverdue(ctx context.Context, q *queries.Queries) error {
	now := time.Now()
	ids, err := q.OverdueConversations(ctx, queries.OverdueConversationsParams{
		FromID: idAt(now.Add(-sweepBack)), UntilID: idAt(now.Add(-2 * replyDeadline)),
	})
	if err != nil {
		return fmt.Errorf("look for overdue conversations: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	failed := queries.FailConversationsParams{Ids: ids, Failures: make([]string, len(ids))}
	for i, id := range ids {
		failed.Failures[i] = "no reply left before its deadline"
		w.base.Log.Error("message left unanswered", "conversation_id", id)
	}
	return closeConversations(ctx, q, nil, failed)
}

// idAt is the smallest UUIDv7 of a moment: its first 48 bits are milliseconds
// since 1970 (RFC 9562 §5.7).
func idAt(t time.Time) uuid.UUID {
	var id uuid.UUID
	ms := t.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i))) //nolint:gosec // one byte of it at a time
	}
	return id
}
