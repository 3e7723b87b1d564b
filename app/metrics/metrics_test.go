package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"ferry/app/metrics"
)

// exercised returns a registry whose every collector has been used once.
func exercised(t *testing.T) *prometheus.Registry {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	m := metrics.New(reg)
	m.WebhookAnswered(metrics.WebhookAccepted, 3*time.Millisecond)
	m.StatusAnswered(metrics.WebhookApplied, time.Millisecond)
	m.MessageTaken(metrics.MessageAccepted)
	m.Committed(metrics.StageInbox, 27, 4*time.Millisecond)
	m.ExecutionEnded("inventory_monitor", metrics.ExecutionCompleted, 12*time.Millisecond)
	m.SendEnded(metrics.SendAccepted, 80*time.Millisecond)
	m.ReplyAccepted(120 * time.Millisecond)
	m.JobRetried("execute")
	m.JobsRescued(2)
	m.SendUncertain(metrics.UncertainRaised)
	m.Build("v1.2.3")
	require.NoError(t, m.WatchQueues(func(context.Context) ([]metrics.QueueDepth, error) {
		return []metrics.QueueDepth{{Queue: "send", Waiting: 3, Later: 1, Running: 2, Oldest: 1500 * time.Millisecond}}, nil
	}))
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/none?pool_max_conns=7")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, m.WatchPool("hot", pool))
	return reg
}

// scraped returns what a scraper reads from reg.
func scraped(t *testing.T, reg *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	require.Equal(t, http.StatusOK, answer.Code)
	return answer.Body.String()
}

// requireSeries checks that text holds the series with this value, e.g.
// requireSeries(t, text, `ferry_messages_total{outcome="accepted"}`, "1").
func requireSeries(t *testing.T, text, series, value string) {
	t.Helper()
	require.Contains(t, "\n"+text, "\n"+series+" "+value+"\n")
}

func TestNamesFollowPrometheusConventions(t *testing.T) {
	t.Parallel()
	var own strings.Builder
	for line := range strings.Lines(scraped(t, exercised(t))) {
		if strings.Contains(line, "ferry_") {
			own.WriteString(line)
		}
	}
	problems, err := promlint.New(strings.NewReader(own.String())).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

// The list in the package's comment is what operators read.
func TestPackageCommentNamesEveryMetric(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("metrics.go")
	require.NoError(t, err)
	comment, _, found := strings.Cut(string(source), "\npackage metrics")
	require.True(t, found)
	text := scraped(t, exercised(t))
	names := regexp.MustCompile(`(?m)^# TYPE (ferry_\w+) (\w+)$`).FindAllStringSubmatch(text, -1)
	require.Greater(t, len(names), 15)
	for _, name := range names {
		if strings.HasPrefix(name[1], "ferry_pool_") {
			continue
		}
		series := regexp.MustCompile(`(?m)^` + name[1] + `(?:_count)?(?:\{(.*)\})? `).FindStringSubmatch(text)
		require.NotNil(t, series, name[1])
		listed := regexp.MustCompile(`(?m)^//\t` + name[1] + `(?:\{([a-z_,]+)\})? `).FindStringSubmatch(comment)
		require.NotNil(t, listed, "the package comment does not name %s", name[1])
		var labels []string
		for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(series[1], -1) {
			labels = append(labels, label[1])
		}
		require.ElementsMatch(t, strings.FieldsFunc(listed[1], func(r rune) bool { return r == ',' }), labels, name[1])
	}
}

func TestEachMethodMovesItsMetric(t *testing.T) {
	t.Parallel()
	text := scraped(t, exercised(t))
	for series, value := range map[string]string{
		`ferry_webhook_seconds_count{outcome="accepted"}`:                            "1",
		`ferry_status_callback_seconds_count{outcome="applied"}`:                     "1",
		`ferry_messages_total{outcome="accepted"}`:                                   "1",
		`ferry_commit_batch_size_sum{stage="inbox"}`:                                 "27",
		`ferry_commit_seconds_sum{stage="inbox"}`:                                    "0.004",
		`ferry_execution_seconds_sum{agent="inventory_monitor",outcome="completed"}`: "0.012",
		`ferry_send_seconds_bucket{outcome="accepted",le="0.1"}`:                     "1",
		`ferry_reply_seconds_sum`:                                                    "0.12",
		`ferry_job_retries_total{kind="execute"}`:                                    "1",
		`ferry_rescued_jobs_total`:                                                   "2",
		`ferry_uncertain_sends_total{step="raised"}`:                                 "1",
		`ferry_queue_jobs{queue="send",state="waiting"}`:                             "3",
		`ferry_queue_jobs{queue="send",state="later"}`:                               "1",
		`ferry_queue_jobs{queue="send",state="running"}`:                             "2",
		`ferry_queue_oldest_seconds{queue="send"}`:                                   "1.5",
		`ferry_queue_scrape_errors_total`:                                            "0",
		`ferry_pool_max_connections{pool="hot"}`:                                     "7",
		`ferry_pool_open_connections{pool="hot"}`:                                    "0",
		`ferry_build_info{go_version="` + runtime.Version() + `",version="v1.2.3"}`:  "1",
	} {
		requireSeries(t, text, series, value)
	}
}

// A label must never take what a caller happened to have in hand.
func TestForeignWordsBecomeOther(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m := metrics.New(reg)
	const secret = "whatsapp:+447700900123"
	m.ExecutionEnded(secret, metrics.ExecutionFailed, time.Second)
	m.SendEnded(secret, time.Second)
	m.JobRetried(secret)
	text := scraped(t, reg)
	requireSeries(t, text, `ferry_execution_seconds_count{agent="other",outcome="failed"}`, "1")
	requireSeries(t, text, `ferry_send_seconds_count{outcome="other"}`, "1")
	requireSeries(t, text, `ferry_job_retries_total{kind="other"}`, "1")
	require.NotContains(t, text, "447700900123")
}

func TestQueuesAreLookedAtSeldomAndErrorsShow(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m := metrics.New(reg)
	looks := 0
	require.NoError(t, m.WatchQueues(func(ctx context.Context) ([]metrics.QueueDepth, error) {
		_, bounded := ctx.Deadline()
		require.True(t, bounded, "the look has no deadline")
		looks++
		return nil, errors.New("the database is away")
	}))
	requireSeries(t, scraped(t, reg), "ferry_queue_scrape_errors_total", "1")
	text := scraped(t, reg)
	require.Equal(t, 1, looks, "a second scrape within seconds looked at the queues again")
	require.NotContains(t, text, "ferry_queue_jobs{", "figures were made up for a failed look")
}

func TestWithoutRegistryNothingIsExposed(t *testing.T) {
	t.Parallel()
	m := metrics.New(nil)
	m.WebhookAnswered(metrics.WebhookAccepted, time.Millisecond)
	require.NoError(t, m.WatchQueues(nil))
	require.NoError(t, m.WatchPool("hot", nil))
}

func TestSecondWatchIsAnError(t *testing.T) {
	t.Parallel()
	m := metrics.New(prometheus.NewRegistry())
	look := func(context.Context) ([]metrics.QueueDepth, error) { return nil, nil }
	require.NoError(t, m.WatchQueues(look))
	require.ErrorContains(t, m.WatchQueues(look), "register queue metrics")

	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/none")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, m.WatchPool("hot", pool))
	require.NoError(t, m.WatchPool("agents", pool))
	require.ErrorContains(t, m.WatchPool("hot", pool), "register metrics of pool hot")
}

func BenchmarkWebhookAnswered(b *testing.B) {
	m := metrics.New(prometheus.NewRegistry())
	b.ReportAllocs()
	for b.Loop() {
		m.WebhookAnswered(metrics.WebhookAccepted, 3*time.Millisecond)
	}
}
