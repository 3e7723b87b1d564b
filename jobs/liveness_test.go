package jobs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"ferry/jobs"
)

func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// A process that was killed leaves its jobs running and its beat where it was.
func TestJobsOfADeadProcessRunAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	w.accept(t, in, w.text(ann, "stock COF-001"))
	_, err := w.db.Exec(context.Background(), `
		INSERT INTO worker_processes (id, beat) VALUES ('dead', 7);
		UPDATE agent_execution_queue SET status = 'processing', attempt = 1;
		UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{before,dead}'`)
	require.NoError(t, err)
	start := time.Now()
	w.work(t, nil)
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Less(t, time.Since(start), 15*time.Second)
	require.Greater(t, time.Since(start), 4*time.Second, "a slow beat is not a death")
	require.Len(t, w.replies(ann), 1)
	require.Equal(t, 0, one[int](t, w, `SELECT count(*) FROM worker_processes WHERE id = 'dead'`))
}

func TestJobsOfALivingProcessStayWithIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first, second := w.work(t, nil), w.work(t, nil)
	_, err := w.db.Exec(context.Background(), `
		INSERT INTO river_job (args, kind, max_attempts, state, attempt, attempted_at, attempted_by, queue)
		VALUES ('{}', 'execute', 5, 'running', 1, now(), ARRAY[$1::text], 'interactive')`, second.Client().ID())
	require.NoError(t, err)
	beats := one[int](t, w, `SELECT beat FROM worker_processes WHERE id = $1`, first.Client().ID())
	require.Eventually(t, func() bool {
		return one[int](t, w, `SELECT beat FROM worker_processes WHERE id = $1`, first.Client().ID()) > beats+7
	}, 15*time.Second, 50*time.Millisecond)
	require.Equal(t, "running", one[string](t, w, `SELECT state::text FROM river_job WHERE kind = 'execute'`))
}

// Strict priority alone would let the flood of 1s starve the 4.
func TestOldJobIsLiftedOverAFlood(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	_, err := w.db.Exec(ctx, `
		INSERT INTO river_job (args, kind, max_attempts, queue, priority, scheduled_at)
		VALUES ('{}', 'execute', 5, 'interactive', 4, now() - interval '3 seconds'), ('{}', 'execute', 5, 'interactive', 4, now()), ('{}', 'execute', 5, 'send', 4, now() - interval '3 seconds')`)
	require.NoError(t, err)
	require.NoError(t, jobs.Age(ctx, w.db))
	require.Equal(t, 3, one[int](t, w, `SELECT count(*) FROM river_job WHERE priority = 4`), "nothing more urgent waits: nothing to do")
	_, err = w.db.Exec(ctx, `INSERT INTO river_job (args, kind, max_attempts, queue, priority) VALUES ('{}', 'execute', 5, 'interactive', 1)`)
	require.NoError(t, err)
	require.NoError(t, jobs.Age(ctx, w.db))
	require.Equal(t, 2, one[int](t, w, `SELECT count(*) FROM river_job WHERE priority = 4`))
}

func TestSweepClosesWhatNobodyWill(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	w.accept(t, in, w.text(ann, "stock COF-001"))
	// An operator deleted the job, and the deadline passed.
	_, err := w.db.Exec(context.Background(), `DELETE FROM river_job; UPDATE agent_execution_queue SET deadline = now() - interval '2 minutes'`)
	require.NoError(t, err)
	w.work(t, nil)
	await(t, w, 1, `SELECT count(*) FROM agent_execution_queue WHERE status = 'failed' AND error LIKE '%no job was left%'`)
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Contains(t, w.replies(ann)[0], "error processing")
}

// jobs/river_tables.go leans on River's table. When this fails, read River's
// changelog, check that file, and move the version.
func TestRiverTablesAreTheOnesWeKnow(t *testing.T) {
	t.Parallel()
	migrator, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	require.NoError(t, err)
	versions := migrator.AllVersions()
	require.Equal(t, 8, versions[len(versions)-1].Version)
	w := setup(t)
	require.Equal(t, 7, one[int](t, w, `SELECT count(*) FROM information_schema.columns WHERE table_name = 'river_job'
		AND column_name IN ('state', 'queue', 'priority', 'scheduled_at', 'attempt', 'max_attempts', 'attempted_by')`))
	require.Equal(t, "available,cancelled,completed,discarded,pending,retryable,running,scheduled",
		one[string](t, w, `SELECT string_agg(e::text, ',' ORDER BY e::text) FROM unnest(enum_range(NULL::river_job_state)) e`))
}
