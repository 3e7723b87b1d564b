package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"ferry/sql/pool"
)

// ceilingTransaction is the least that durable intake can be: a message with a
// unique id, and a job, in one transaction.
const ceilingTransaction = `\set n random(1, 1000)
BEGIN;
INSERT INTO ceiling_conversation (sid, phone, body) VALUES (gen_random_uuid()::text, '+44790' || :n, 'stock COF-001');
INSERT INTO ceiling_job (args, priority) VALUES ('{"id": 1}', 1);
COMMIT;
`

var pgbenchRate = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench measures the ceiling with Postgres's own load program; 0 where it is
// not installed.
func (w *benchWorld) pgbench(ctx context.Context) (float64, error) {
	program := filepath.Join(w.server.BinDir(), "pgbench")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pgbench"); err != nil {
			return 0, nil // the table then shows no ratio to it
		}
	}
	if err := w.reset(ctx); err != nil {
		return 0, err
	}
	script, err := os.CreateTemp("", "ferry-bench-*.sql")
	if err != nil {
		return 0, fmt.Errorf("write the pgbench script: %w", err)
	}
	defer os.Remove(script.Name()) //nolint:errcheck // a file in the temporary folder
	_, err = script.WriteString(ceilingTransaction)
	if err = errors.Join(err, script.Close()); err != nil {
		return 0, fmt.Errorf("write the pgbench script: %w", err)
	}
	out, err := exec.CommandContext(ctx, program, "-n", "-M", "prepared", "-c", strconv.Itoa(benchConns), "-j", "2", "-T", "5", //nolint:gosec // Postgres's own
		"-f", script.Name(), w.url()).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("run pgbench: %w: %s", err, out)
	}
	found := pgbenchRate.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench printed no rate: %s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// bareFirst and bareSecond are two chained jobs that do nothing.
type bareFirst struct{}

func (bareFirst) Kind() string { return "bare_first" }

type bareSecond struct{}

func (bareSecond) Kind() string { return "bare_second" }

type bareFirstWorker struct {
	river.WorkerDefaults[bareFirst]
	client *river.Client[pgx.Tx]
}

func (w *bareFirstWorker) Work(ctx context.Context, _ *river.Job[bareFirst]) error {
	_, err := w.client.Insert(ctx, bareSecond{}, nil)
	return err
}

type bareSecondWorker struct {
	river.WorkerDefaults[bareSecond]
	done func()
}

func (w *bareSecondWorker) Work(context.Context, *river.Job[bareSecond]) error {
	w.done()
	return nil
}

// bareWriters is how many transactions insert at once: the rate does not rise
// with more.
const bareWriters = 16

// bareRiver measures River alone, set up as ferry sets it up: each message is
// one row and one job in a transaction of its own, and two jobs that do nothing.
func (w *benchWorld) bareRiver(ctx context.Context) (rate float64, err error) {
	if err := w.reset(ctx); err != nil {
		return 0, err
	}
	p, err := pool.OpenHot(ctx, w.url(), hotConns)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	n := w.options.messages
	var left atomic.Int64
	left.Store(int64(n))
	all := make(chan struct{})
	first := &bareFirstWorker{}
	workers := river.NewWorkers()
	river.AddWorker(workers, first)
	river.AddWorker(workers, &bareSecondWorker{done: func() {
		if left.Add(-1) == 0 {
			close(all)
		}
	}})
	client, err := river.NewClient(riverpgxv5.New(p), &river.Config{
		Logger: slog.New(slog.DiscardHandler), Workers: workers,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: defaultWorkers}},
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 200 * time.Millisecond,
	})
	if err != nil {
		return 0, fmt.Errorf("make River client: %w", err)
	}
	first.client = client
	if err := client.Start(ctx); err != nil {
		return 0, fmt.Errorf("start River: %w", err)
	}
	defer func() { err = errors.Join(err, client.Stop(context.WithoutCancel(ctx))) }()

	start := time.Now()
	if err := insertBare(ctx, p, client, n); err != nil {
		return 0, fmt.Errorf("insert: %w", err)
	}
	select {
	case <-all:
	case <-time.After(drainLimit):
		return 0, fmt.Errorf("bare River left %d messages undone", left.Load())
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

const bareMessage = `INSERT INTO ceiling_conversation (sid, phone, body) VALUES (gen_random_uuid()::text, '+447900000000', 'stock COF-001')`

// insertBare inserts n messages, each with its job in a transaction of its own.
func insertBare(ctx context.Context, p *pgxpool.Pool, client *river.Client[pgx.Tx], n int) error {
	var next atomic.Int64
	var failure firstError
	var writers sync.WaitGroup
	for range bareWriters {
		writers.Go(func() {
			for next.Add(1) <= int64(n) && failure.get() == nil {
				failure.set(pgx.BeginFunc(ctx, p, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, bareMessage); err != nil {
						return err
					}
					_, err := client.InsertTx(ctx, tx, bareFirst{}, nil)
					return err
				}))
			}
		})
	}
	writers.Wait()
	return failure.get()
}
