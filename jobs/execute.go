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
	acks     bool // acknowledgements are sent, and may have to be superseded
	claims   *gather.Group[uuid.UUID, runClaim]
	outcomes *gather.Group[executionOutcome, bool]
}

// runClaim is what came of claiming a run.
type runClaim struct {
	row  *queries.ClaimExecutionsRow // nil: it needs no more work
	busy bool                        // another job for the same run was in the same batch
}

func newExecutor(base Base, queue *pgxpool.Pool, agents agent.Registry, acks bool) *executor {
	w := &executor{base: base, queue: queue, agents: agents, acks: acks}
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
	claimed, err := w.claims.Do(ctx, job.Args.ExecutionID)
	switch {
	case err != nil:
		return fmt.Errorf("claim execution: %w", err)
	case claimed.busy:
		return river.JobSnooze(settleTime)
	case claimed.row == nil:
		return nil
	}
	claim := claimed.row
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
		if retriesAgent(kind) && claim.Attempt < agentAttempts && !claim.Overdue {
			w.base.Metrics.ExecutionEnded(claim.AgentType, metrics.ExecutionRetried, took)
			w.base.Metrics.JobRetried(job.Kind)
			return fmt.Errorf("run agent %s: %w", claim.AgentType, err)
		}
		outcome.result = app.Trouble{Text: app.ReplyOf(err)}
	}
	err = w.commit(ctx, outcome, took)
	if err == nil || errors.Is(err, errOvertaken) || databaseAway(err) {
		return err
	}
	// The outcome itself cannot be told or stored. Running the agent again
	// would end in the same; the person is told that it failed.
	w.base.Log.Error("execution outcome could not be stored", "execution_id", claim.ID, "error", err)
	outcome.err = app.Errorf(app.Internal, "the outcome could not be stored")
	outcome.result = app.Trouble{Text: app.TextAgentError}
	return w.commit(ctx, outcome, took)
}

// commit stores an outcome and tells about it.
func (w *executor) commit(ctx context.Context, o executionOutcome, took time.Duration) error {
	if err := o.render(); err != nil {
		return err
	}
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
			// The type and the place only: the value may hold what a person wrote.
			w.base.Log.Error("agent panicked", "execution_id", claim.ID, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = app.Errorf(app.Internal, "agent panicked: %T", p)
		}
	}()
	switch {
	case claim.Overdue:
		return nil, app.Errorf(app.Rejected, "the deadline passed before the agent ran")
	case claim.Attempt > 2*agentAttempts:
		// Whatever ran it before died without a word, again and again.
		return nil, app.Errorf(app.Rejected, "%d attempts ended without an outcome", claim.Attempt-1)
	}
	request, err := requestOf(claim)
	if err != nil {
		return nil, err
	}
	work, ok := w.agents[agent.Type(claim.AgentType)]
	if !ok {
		return nil, app.Errorf(app.Rejected, "no agent of type %q is registered", claim.AgentType)
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
		Currency:  valueOf(claim.Currency),
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
	return valueOf(claim.CompanyTimezone)
}
