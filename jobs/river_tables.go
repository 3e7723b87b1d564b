package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"ferry/app/metrics"
)

// This is the only file that touches River's tables other than through River.
// What it relies on, checked against river 0.51.1 and pinned by
// TestRiverTablesAreTheOnesWeKnow: river_job's columns state, queue, priority,
// scheduled_at, attempt, max_attempts and attempted_by, whose last element is
// the id of the client that runs the job.

type executer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// rescueJobs puts the running jobs of dead clients back, at once. River's own
// rescuer does the same by a job's age, and its shortest sensible setting is
// minutes. A job that its old worker still holds loses nothing: its outcome is
// fenced by the attempt in our own rows.
const rescueJobs = `
UPDATE river_job
SET state = 'available', scheduled_at = now(), max_attempts = GREATEST(max_attempts, attempt + 1)
WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = ANY($1::text[])`

func rescue(ctx context.Context, db executer, dead []string) (int, error) {
	tag, err := db.Exec(ctx, rescueJobs, dead)
	if err != nil {
		return 0, fmt.Errorf("put jobs of dead processes back: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// strangers are clients that run jobs without a row in worker_processes: they
// were declared dead, and stopped for so long that even their row is gone.
const strangerClients = `
SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)]
FROM river_job
WHERE state = 'running' AND attempted_at < now() - interval '30 seconds'
  AND attempted_by[array_upper(attempted_by, 1)] NOT IN (SELECT id FROM worker_processes)`

func strangers(ctx context.Context, db executer) ([]string, error) {
	rows, err := db.Query(ctx, strangerClients)
	if err != nil {
		return nil, fmt.Errorf("look for unknown clients: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for unknown clients: %w", err)
	}
	return ids, nil
}

// ageJobs lifts jobs that have waited for two seconds behind more urgent ones
// to the highest priority, where the oldest goes first. Without it River's
// strict order lets a flood of streamliners starve everybody else. Where
// nothing more urgent waits, nothing is written.
const ageJobs = `
UPDATE river_job SET priority = 1
WHERE id IN (
  SELECT id FROM river_job
  WHERE state = 'available' AND queue = $1 AND priority > 1 AND scheduled_at < now() - interval '2 seconds'
    AND EXISTS (SELECT FROM river_job WHERE state = 'available' AND queue = $1 AND priority = 1)
  ORDER BY scheduled_at
  LIMIT 500
  FOR UPDATE SKIP LOCKED
)`

func age(ctx context.Context, db executer, queue string) error {
	if _, err := db.Exec(ctx, ageJobs, queue); err != nil {
		return fmt.Errorf("age jobs of queue %s: %w", queue, err)
	}
	return nil
}

// QueueDepths counts the jobs of each queue, for the metrics. Waiting jobs are
// found by the index that River fetches with; finished ones are not looked at.
func QueueDepths(ctx context.Context, db executer) ([]metrics.QueueDepth, error) {
	rows, err := db.Query(ctx, queueDepths)
	if err != nil {
		return nil, fmt.Errorf("count queued jobs: %w", err)
	}
	depths, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (metrics.QueueDepth, error) {
		var d metrics.QueueDepth
		var seconds float64
		err := row.Scan(&d.Queue, &d.Waiting, &d.Later, &d.Running, &seconds)
		d.Oldest = time.Duration(seconds * float64(time.Second))
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("count queued jobs: %w", err)
	}
	return depths, nil
}

const queueDepths = `
SELECT queue,
       count(*) FILTER (WHERE state = 'available' AND scheduled_at <= now()),
       count(*) FILTER (WHERE state IN ('scheduled', 'retryable') OR (state = 'available' AND scheduled_at > now())),
       count(*) FILTER (WHERE state = 'running'),
       COALESCE(EXTRACT(EPOCH FROM now() - min(scheduled_at) FILTER (WHERE state = 'available' AND scheduled_at <= now())), 0)::float8
FROM river_job
WHERE state IN ('available', 'scheduled', 'retryable', 'running')
GROUP BY queue`
