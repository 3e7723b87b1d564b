package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"ferry/app/agent"
	"ferry/app/twilio"
)

// River's clock work. A queue hands out at most MaxWorkers jobs per
// FetchCooldown, and a lost notification costs at most one FetchPollInterval.
const (
	fetchCooldown     = 5 * time.Millisecond
	fetchPollInterval = 100 * time.Millisecond
	jobTimeout        = 30 * time.Second
	// sendJobTimeout covers three parts, each with a slow answer and a slow
	// commit.
	sendJobTimeout = 90 * time.Second
	// rescueAfter is River's own net under liveness.go, for a job that hangs
	// in a process that lives.
	rescueAfter   = 3 * time.Minute
	softStop      = 10 * time.Second
	keepCompleted = 2 * time.Hour
	keepDiscarded = 7 * 24 * time.Hour
)

// WorkersConfig says what a worker process runs, and how much at once.
type WorkersConfig struct {
	DatabaseURL string // for the heartbeat's own connection
	// Queue is a pool.OpenRelaxed pool, for River's own statements and for
	// marking runs as processing.
	Queue          *pgxpool.Pool
	Agents         agent.Registry
	Sender         *twilio.Sender
	StatusCallback string // URL of the status webhook
	Ack            AckMode
	AckAfter       time.Duration // with AckAuto
	AgentWorkers   int           // concurrent executions; 0 means 100
	SendWorkers    int           // concurrent sends; 0 means 100
}

const defaultWorkers = 100

// Workers is the working half of a process: the River client with its workers,
// and the heartbeat.
type Workers struct {
	client    *river.Client[pgx.Tx]
	executor  *executor
	deliverer *deliverer
	liveness  *liveness
	stopBeats context.CancelFunc
	beats     sync.WaitGroup
}

// NewInserter makes a River client that inserts jobs and runs none.
func NewInserter(pool *pgxpool.Pool, log *slog.Logger) (*river.Client[pgx.Tx], error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: log, FetchCooldown: fetchCooldown, FetchPollInterval: fetchPollInterval})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	return client, nil
}

// StartWorkers starts working. base.River is not used: the workers have a
// client of their own, which Client returns. Stop it with Stop.
func StartWorkers(ctx context.Context, base Base, cfg WorkersConfig) (*Workers, error) {
	w := &Workers{
		executor:  newExecutor(base, cfg.Queue, cfg.Agents, cfg.Ack != AckOff),
		deliverer: newDeliverer(base, cfg.Sender, cfg.StatusCallback),
	}
	if err := w.makeClient(base, cfg); err != nil {
		w.closeGroups()
		return nil, err
	}
	l := &liveness{id: w.client.ID(), url: cfg.DatabaseURL, metrics: base.Metrics, log: base.Log}
	if err := l.start(ctx); err != nil {
		w.closeGroups()
		return nil, err
	}
	w.liveness = l
	beatCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.stopBeats = cancel
	w.beats.Go(func() { l.run(beatCtx) })
	if cfg.Ack == AckAuto {
		base.River = w.client
		a := &acknowledger{base: base, after: cfg.AckAfter}
		w.beats.Go(func() { a.run(beatCtx) })
	}
	// Not ctx: its end must not stop the workers before the door is shut.
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		w.stopBeats()
		w.beats.Wait()
		w.closeGroups()
		return nil, fmt.Errorf("start River: %w", err)
	}
	return w, nil
}

func (w *Workers) makeClient(base Base, cfg WorkersConfig) error {
	sweeps := &sweeper{base: base, executor: w.executor}
	workers := river.NewWorkers()
	if err := errors.Join(
		river.AddWorkerSafely(workers, w.executor),
		river.AddWorkerSafely(workers, w.deliverer),
		river.AddWorkerSafely(workers, sweeps),
	); err != nil {
		return fmt.Errorf("register workers: %w", err)
	}
	quick := func(n int) river.QueueConfig {
		if n <= 0 {
			n = defaultWorkers
		}
		return river.QueueConfig{MaxWorkers: n, FetchCooldown: fetchCooldown, FetchPollInterval: fetchPollInterval}
	}
	client, err := river.NewClient(riverpgxv5.New(cfg.Queue), &river.Config{
		ID:      processID(),
		Logger:  base.Log,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			QueueInteractive: quick(cfg.AgentWorkers),
			QueueSend:        quick(cfg.SendWorkers),
			QueueReports:     {MaxWorkers: 4},
			QueueBackground:  {MaxWorkers: 4},
		},
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPollInterval,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		SoftStopTimeout:             softStop,
		CompletedJobRetentionPeriod: keepCompleted,
		DiscardedJobRetentionPeriod: keepDiscarded,
		ErrorHandler:                &errorLog{log: base.Log},
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(sweepEvery),
			func() (river.JobArgs, *river.InsertOpts) {
				return SweepArgs{}, &river.InsertOpts{Queue: QueueBackground, MaxAttempts: 1}
			},
			&river.PeriodicJobOpts{RunOnStart: true},
		)},
	})
	if err != nil {
		return fmt.Errorf("make River client: %w", err)
	}
	w.client, w.executor.base.River, w.deliverer.base.River, sweeps.base.River = client, client, client, client
	return nil
}

// Client is the River client that works the queues.
func (w *Workers) Client() *river.Client[pgx.Tx] { return w.client }

// Stop takes no more jobs, waits for those under way, and signs the process
// off. Jobs that outlast the soft stop go back to their queue.
func (w *Workers) Stop(ctx context.Context) error {
	err := w.client.Stop(ctx)
	w.liveness.stay = err != nil // jobs are left: the others shall see this process die
	w.stopBeats()
	w.beats.Wait()
	w.closeGroups()
	if err != nil {
		return fmt.Errorf("stop River: %w", err)
	}
	return nil
}

func (w *Workers) closeGroups() {
	w.executor.close()
	w.deliverer.close()
}

// processID names this start of this process: a restarted one is another, so
// that the jobs of its predecessor can be told from its own.
func processID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), newID())
}

// errorLog logs what a job's attempt ended in. Snoozes and cancellations are
// not errors and do not come here.
type errorLog struct{ log *slog.Logger }

// HandleError implements river.ErrorHandler.
func (h *errorLog) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	h.log.Warn("job attempt failed", "job_id", job.ID, "kind", job.Kind, "attempt", job.Attempt, "error", err)
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (h *errorLog) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	// The type only: a panic's value may hold what a person wrote.
	h.log.Error("job panicked", "job_id", job.ID, "kind", job.Kind, "attempt", job.Attempt, "type", fmt.Sprintf("%T", value), "stack", trace)
	return nil
}
