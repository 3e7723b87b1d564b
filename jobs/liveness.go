package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"ferry/app/metrics"
	"ferry/sql/queries"
)

// Every worker process raises a counter once a second, and watches the others'
// counters. One that has not moved for deadAfter, on the watcher's own clock,
// belongs to a dead process: its jobs are put back. No clocks are compared, and
// an outage of the database, during which nobody can raise anything, starts
// every watch anew.
const (
	beatEvery = time.Second
	deadAfter = 5 * time.Second
)

// liveness is one process's part in that.
type liveness struct {
	id      string
	url     string
	metrics *metrics.Metrics
	log     *slog.Logger

	stay bool      // do not sign off: jobs are left behind
	conn *pgx.Conn // its own: a pool that is used up must not look like death
	seen map[string]sighting
}

type sighting struct {
	beat int64
	at   time.Time // when this process first saw that beat
}

// start raises the first beat, before the process takes any job.
func (l *liveness) start(ctx context.Context) error {
	l.seen = map[string]sighting{}
	return l.tick(ctx)
}

// run beats until ctx ends, then says good-bye: whoever stops in order has no
// jobs left, and needs no watching.
func (l *liveness) run(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			l.leave()
			return
		case <-ticker.C:
			// Not ctx: a statement that is cut off closes the connection, and
			// the good-bye needs it.
			if err := l.tick(context.WithoutCancel(ctx)); err != nil {
				l.log.Warn("heartbeat missed", "error", err)
				l.seen = map[string]sighting{}
				l.drop()
			}
		}
	}
}

func (l *liveness) leave() {
	defer l.drop()
	ctx, cancel := context.WithTimeout(context.Background(), beatEvery)
	defer cancel()
	if l.conn == nil || l.stay {
		return
	}
	if err := queries.New(l.conn).ForgetProcesses(ctx, []string{l.id}); err != nil {
		l.log.Warn("process not signed off", "error", err)
	}
}

func (l *liveness) drop() {
	if l.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), beatEvery)
		defer cancel()
		_ = l.conn.Close(ctx)
		l.conn = nil
	}
}

// tick beats, looks at the others, puts back the jobs of the dead, and ages
// the jobs that wait.
func (l *liveness) tick(ctx context.Context) error {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, deadAfter-beatEvery)
	defer cancel()
	if l.conn == nil {
		conn, err := pgx.Connect(ctx, l.url)
		if err != nil {
			return fmt.Errorf("connect for heartbeat: %w", err)
		}
		l.conn = conn
	}
	q := queries.New(l.conn)
	if err := q.Beat(ctx, l.id); err != nil {
		return fmt.Errorf("raise beat: %w", err)
	}
	beats, err := q.Beats(ctx)
	if err != nil {
		return fmt.Errorf("read beats: %w", err)
	}
	now := time.Now()
	if now.Sub(start) > 2*beatEvery {
		// The database is slow for everybody: what looks dead may just wait.
		l.seen = map[string]sighting{}
	}
	dead := l.watch(beats, now)
	lost, err := strangers(ctx, l.conn)
	if err != nil {
		return err
	}
	if dead = append(dead, lost...); len(dead) > 0 {
		if err := l.bury(ctx, q, dead); err != nil {
			return err
		}
	}
	return errors.Join(age(ctx, l.conn, QueueInteractive), age(ctx, l.conn, QueueSend))
}

// watch compares the beats with what was seen before and returns the dead.
func (l *liveness) watch(beats []queries.BeatsRow, now time.Time) (dead []string) {
	seen := make(map[string]sighting, len(beats))
	for _, b := range beats {
		s, known := l.seen[b.ID]
		if !known || s.beat != b.Beat {
			s = sighting{beat: b.Beat, at: now}
		}
		seen[b.ID] = s
		if b.ID != l.id && now.Sub(s.at) >= deadAfter {
			dead = append(dead, b.ID)
		}
	}
	l.seen = seen
	return dead
}

func (l *liveness) bury(ctx context.Context, q *queries.Queries, dead []string) error {
	n, err := rescue(ctx, l.conn, dead)
	if err != nil {
		return err
	}
	l.metrics.JobsRescued(n)
	l.log.Warn("worker processes died, their jobs run again", "processes", dead, "jobs", n)
	if err := q.ForgetProcesses(ctx, dead); err != nil {
		return fmt.Errorf("forget dead processes: %w", err)
	}
	return nil
}
