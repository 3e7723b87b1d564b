package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"ferry/app/metrics"
	"ferry/app/web"
	"ferry/jobs"
	"ferry/sql/pgtest"
)

// newStoringDoor makes a public listener with the real inbox and database
// behind it.
func newStoringDoor(t *testing.T) (*door, *pgxpool.Pool) {
	t.Helper()
	log := newLogBuffer()
	pool := pgtest.HotPool(t)
	inserter, err := jobs.NewInserter(pool, log.logger())
	require.NoError(t, err)
	base := jobs.Base{Pool: pool, River: inserter, Metrics: metrics.New(prometheus.NewRegistry()), Log: log.logger()}
	inbox := jobs.NewInbox(base, jobs.NewDirectory(pool, log.logger()), jobs.InboxOptions{})
	t.Cleanup(inbox.Close)
	statuses := jobs.NewStatusUpdates(base)
	t.Cleanup(statuses.Close)
	d := newDoor(t)
	d.onMessage(inbox.Accept)
	d.onStatus(statuses.Apply)
	return d, pool
}

func count(t *testing.T, pool *pgxpool.Pool, sql string) int {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql)
	require.NoError(t, err)
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	require.NoError(t, err)
	return n
}

const countConversations = "SELECT count(*)::int FROM whatsapp_conversations"

func TestAnsweredMeansCommitted(t *testing.T) {
	t.Parallel()
	d, pool := newStoringDoor(t)
	requireEmptyTwiML(t, d.post(t, web.MessagePath, aMessage(nil)))
	require.Equal(t, 1, count(t, pool, countConversations))
}

func TestRefusedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	d, pool := newStoringDoor(t)
	requireRefused(t, d.post(t, web.MessagePath, aMessage(nil), "X-Twilio-Signature: "+sign("another", publicURL+web.MessagePath, aMessage(nil))),
		http.StatusUnauthorized, "Invalid signature")
	requireRefused(t, d.post(t, web.MessagePath, aMessage(map[string]string{"From": "-"})), http.StatusBadRequest, malformed)
	require.Zero(t, count(t, pool, countConversations))
	require.Zero(t, count(t, pool, "SELECT count(*)::int FROM contacts"))
	require.Zero(t, count(t, pool, "SELECT count(*)::int FROM river_job"))
}

// Twilio may deliver a webhook again, even at the same moment; all copies are
// told the same execution.
func TestCopiesOfOneMessage(t *testing.T) {
	t.Parallel()
	d, pool := newStoringDoor(t)
	const copies = 20
	answers := make(chan string, copies)
	var crowd sync.WaitGroup
	for range copies {
		crowd.Go(func() { answers <- bodyOf(t, d.post(t, web.MessagePath, aMessage(nil), "Accept: application/json")) })
	}
	crowd.Wait()
	close(answers)
	executions, first := map[string]bool{}, 0
	for text := range answers {
		var answer struct {
			Success     bool
			ExecutionID string
			Message     string
		}
		require.NoError(t, json.Unmarshal([]byte(text), &answer))
		require.True(t, answer.Success)
		executions[answer.ExecutionID] = true
		if answer.Message != "Already received" {
			first++
		}
	}
	require.Len(t, executions, 1)
	require.Equal(t, 1, first)
	require.Equal(t, 1, count(t, pool, countConversations))
}

func TestStatusOfAnUnknownPartIsFine(t *testing.T) {
	t.Parallel()
	d, _ := newStoringDoor(t)
	for _, path := range []string{web.StatusPath, web.StatusPath + "?part=0198c0de-0000-7000-8000-000000000001", web.StatusPath + "?part=x"} {
		requireEmptyTwiML(t, d.post(t, path, aStatus(nil)))
	}
}

// River UI on a real database: it lists jobs without their arguments and can
// change them.
func TestRiverUIOnADatabase(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	o := opsOptions(t, newLogBuffer())
	o.River = riverClient(t, pool)
	url := startOps(t, o)
	_, err := pool.Exec(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state)
		VALUES ('{"part_ids": []}', 'send', 5, 'send', 'available')`)
	require.NoError(t, err)

	features := bodyOf(t, operator(t, http.MethodGet, url+"/riverui/api/features"))
	require.Contains(t, features, `"job_list_hide_args_by_default":true`)
	jobs := bodyOf(t, operator(t, http.MethodGet, url+"/riverui/api/jobs?state=available"))
	require.Contains(t, jobs, `"kind":"send"`)
	require.Equal(t, http.StatusOK, operator(t, http.MethodGet, url+"/riverui/api/states").StatusCode)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/riverui/api/jobs/cancel", strings.NewReader(`{"ids": ["1"]}`))
	require.NoError(t, err)
	req.SetBasicAuth(opsUser, opsPassword)
	require.Equal(t, http.StatusOK, send(t, req, "Origin: "+url, "Content-Type: application/json").StatusCode)
	require.Eventually(t, func() bool {
		return count(t, pool, "SELECT count(*)::int FROM river_job WHERE state = 'cancelled'") == 1
	}, 5*time.Second, 10*time.Millisecond)
}
