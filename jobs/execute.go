package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"ferry/app"
	"ferry/app/agent"
	"ferry/app/fault"
	"ferry/app/gather"
	"ferry/app/metrics"
	"ferry/nlp"
	"ferry/persona"
	"ferry/sql/queries"
)

// ExecuteArgs asks for one run of an agent.
type ExecuteArgs struct {
	ExecutionID uuid.UUID `json:"execution_id"`
}

// Kind implements river.JobArgs.
func (ExecuteArgs) Kind() string { return "execute" }

// runContext is what interpreting a message leaves for the run, stored in
// agent_execution_queue.context. It has the seed's keys and the resolved ids.
type runContext struct {
	Source      string          `json:"source"`
	ExecutionID uuid.UUID       `json:"executionId"`
	Persona     app.Persona     `json:"persona"` // when the message came in; the reply uses the current one
	Intent      nlp.Intent      `json:"intent"`
	Entities    json.RawMessage `json:"entities"`
	ProductID   *uuid.UUID      `json:"product_id,omitempty"`
	LocationID  *uuid.UUID      `json:"location_id,omitempty"`
	Location    string          `json:"location,omitempty"`
}

// executor works the execute jobs of one process.
type executor struct {
	river.WorkerDefaults[ExecuteArgs]
	base     Base
	queue    *pgxpool.Pool // see WorkersConfig.Queue
	agents   agent.Registry
	claims   *gather.Group[uuid.UUID, *queries.ClaimExecutionsRow]
	outcomes *gather.Group[executionOutcome, bool]
}

func newExecutor(base Base, queue *pgxpool.Pool, agents agent.Registry) *executor {
	w := &executor{base: base, queue: queue, agents: agents}
	w.claims = gather.New(w.claim, gather.Options{
		Observe: func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageRead, n, took) },
	})
	w.outcomes = gather.New(w.finish, gather.Options{
		Retryable: databaseAway,
		Observe:   func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageExecution, n, took) },
	})
	return w
}

func (w *executor) close() {
	w.claims.Close()
	w.outcomes.Close()
}

// NextRetry implements river.Worker.
func (w *executor) NextRetry(job *river.Job[ExecuteArgs]) time.Time {
	return jobBackoff(job.Attempt, time.Now())
}

// errOvertaken ends an attempt whose run was claimed by another worker
// meanwhile. The job is tried once more and then finds the work done.
var errOvertaken = errors.New("the run was claimed by another worker")

// Work runs the agent and commits its result, the reply and the send job
// together. A run that is finished already is left alone.
func (w *executor) Work(ctx context.Context, job *river.Job[ExecuteArgs]) error {
	claim, err := w.claims.Do(ctx, job.Args.ExecutionID)
	if err != nil {
		return fmt.Errorf("claim execution: %w", err)
	}
	if claim == nil {
		return nil
	}
	fault.Point(fault.RunClaimed)
	start := time.Now()
	result, err := w.run(ctx, claim)
	took := time.Since(start)
	fault.Point(fault.RunDone)
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("stopping: %w", err) // a soft stop: River puts the job back
	}
	outcome := executionOutcome{claim: claim, result: result, err: err}
	if err != nil {
		kind := app.KindOf(err)
		if retriesAgent(kind) && claim.Attempt < agentAttempts && time.Now().Before(claim.Deadline) {
			w.base.Metrics.ExecutionEnded(claim.AgentType, metrics.ExecutionRetried, took)
			w.base.Metrics.JobRetried(job.Kind)
			return fmt.Errorf("run agent %s: %w", claim.AgentType, err)
		}
		outcome.result = app.Trouble{Text: app.ReplyOf(err)}
	}
	return w.commit(ctx, outcome, took)
}

// commit stores an outcome and tells about it.
func (w *executor) commit(ctx context.Context, o executionOutcome, took time.Duration) error {
	// A stop must not undo a run that is finished: its commit is short.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	stored, err := w.outcomes.Do(ctx, o)
	if err != nil {
		return fmt.Errorf("store execution outcome: %w", err)
	}
	if !stored {
		return errOvertaken
	}
	line := []any{
		"execution_id", o.claim.ID, "conversation_id", valueOf(o.claim.ConversationID), "agent", o.claim.AgentType,
		"success", o.err == nil, "execution_ms", took.Milliseconds(), "source", "whatsapp",
	}
	if o.err == nil {
		w.base.Metrics.ExecutionEnded(o.claim.AgentType, metrics.ExecutionCompleted, took)
		w.base.Log.Info("agent executed", line...)
		return nil
	}
	w.base.Metrics.ExecutionEnded(o.claim.AgentType, metrics.ExecutionFailed, took)
	level := w.base.Log.Warn
	if alarms(app.KindOf(o.err)) {
		level = w.base.Log.Error
	}
	level("agent executed", append(line, "error", o.err)...)
	return nil
}

// run calls the agent of a claimed run. A panic is that run's failure.
func (w *executor) run(ctx context.Context, claim *queries.ClaimExecutionsRow) (result app.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = app.Errorf(app.Internal, "agent panicked: %v\n%s", p, debug.Stack())
		}
	}()
	if time.Now().After(claim.Deadline) {
		return nil, &app.Error{Kind: app.Rejected, Reply: app.TextAgentError, Err: errors.New("the deadline passed before the agent ran")}
	}
	request, err := requestOf(claim)
	if err != nil {
		return nil, err
	}
	work, ok := w.agents[agent.Type(claim.AgentType)]
	if !ok {
		return nil, app.Errorf(app.Internal, "no agent of type %s is registered", claim.AgentType)
	}
	return work(ctx, request)
}

// requestOf unpacks what the agent is asked, with the person as they are now.
func requestOf(claim *queries.ClaimExecutionsRow) (agent.Request, error) {
	var rc runContext
	if err := json.Unmarshal(claim.Context, &rc); err != nil {
		return agent.Request{}, app.Errorf(app.Internal, "decode execution context: %w", err)
	}
	r := agent.Request{
		CompanyID: claim.CompanyID,
		Currency:  claim.Currency,
		Profile:   profileOf(claim),
		Intent:    rc.Intent,
		ProductID: rc.ProductID,
		Now:       time.Now().In(zone(timeZoneOf(claim))),
	}
	if rc.LocationID != nil {
		r.Location = &agent.Location{ID: *rc.LocationID, Name: rc.Location}
	}
	if err := json.Unmarshal(rc.Entities, &r.Entities); err != nil {
		return agent.Request{}, app.Errorf(app.Internal, "decode entities: %w", err)
	}
	return r, nil
}

func profileOf(claim *queries.ClaimExecutionsRow) app.Profile {
	return app.Profile{
		ID: valueOf(claim.ProfileID), CompanyID: claim.CompanyID,
		Role: app.Role(valueOf(claim.Role)), Persona: personaOf(claim),
		TimeZone: valueOf(claim.Timezone), Language: valueOf(claim.Language),
	}
}

func personaOf(claim *queries.ClaimExecutionsRow) app.Persona {
	if claim.Persona == nil {
		return app.PersonaDefault
	}
	return app.Persona(*claim.Persona)
}

func timeZoneOf(claim *queries.ClaimExecutionsRow) string {
	if tz := valueOf(claim.Timezone); tz != "" {
		return tz
	}
	return claim.CompanyTimezone
}

// claim is the flush of claims: one statement marks many runs as processing
// and reads all that they need. nil stands for a run that needs no more work.
func (w *executor) claim(ctx context.Context, ids []uuid.UUID) ([]*queries.ClaimExecutionsRow, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	rows, err := queries.New(w.queue).ClaimExecutions(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*queries.ClaimExecutionsRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	claims := make([]*queries.ClaimExecutionsRow, len(ids))
	for i, id := range ids {
		claims[i] = byID[id]
		delete(byID, id) // two jobs for one run: the first has it
	}
	return claims, nil
}

// executionOutcome is how a claimed run ended: with a result, or with an error
// and the result that tells the person about it.
type executionOutcome struct {
	claim  *queries.ClaimExecutionsRow
	result app.Result
	err    error
}

// finish is the flush of outcomes: results, replies and send jobs of many runs
// in one transaction. false means that a run was overtaken.
func (w *executor) finish(ctx context.Context, outcomes []executionOutcome) ([]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	rows, replies, err := packOutcomes(outcomes, time.Now())
	if err != nil {
		return nil, err
	}
	tx, err := w.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin outcome transaction: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit it has nothing to do
	ids, err := queries.New(tx).FinishExecutions(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("finish executions: %w", err)
	}
	done := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		done[id] = true
	}
	stored := make([]bool, len(outcomes))
	planned := replies[:0]
	for i, o := range outcomes {
		stored[i] = done[o.claim.ID]
		if stored[i] && replies[i].contactID != nobody {
			planned = append(planned, replies[i])
		}
	}
	if err := planReplies(ctx, tx, w.base.River, planned); err != nil {
		return nil, err
	}
	fault.Point(fault.RunStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit outcome transaction: %w", err)
	}
	fault.Point(fault.RunCommitted)
	return stored, nil
}

// packOutcomes renders the replies and packs the rows. A run that nobody asked
// for has a reply without a contact, which is not sent.
func packOutcomes(outcomes []executionOutcome, now time.Time) (queries.FinishExecutionsParams, []reply, error) {
	var rows queries.FinishExecutionsParams
	replies := make([]reply, len(outcomes))
	for i, o := range outcomes {
		status, failure := "completed", ""
		if o.err != nil {
			status, failure = "failed", o.err.Error()
		}
		packed, err := json.Marshal(o.result)
		if err != nil {
			return rows, nil, fmt.Errorf("encode result: %w", err)
		}
		rows.Ids = append(rows.Ids, o.claim.ID)
		rows.Attempts = append(rows.Attempts, o.claim.Attempt)
		rows.Statuses = append(rows.Statuses, status)
		rows.Results = append(rows.Results, packed)
		rows.Errors = append(rows.Errors, failure)
		if o.claim.ConversationID == nil || o.claim.ContactID == nil {
			continue
		}
		p := personaOf(o.claim)
		text, err := persona.Render(p, o.result, zone(timeZoneOf(o.claim)))
		if err != nil {
			return rows, nil, fmt.Errorf("render %s: %w", o.result.Template(), err)
		}
		replies[i] = reply{
			conversationID: *o.claim.ConversationID, contactID: *o.claim.ContactID, purpose: purposeReply,
			text: text, priority: agent.RiverPriority(int(valueOf(o.claim.Priority))), at: now,
		}
	}
	return rows, replies, nil
}
