package metrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// QueueDepth is how full one River queue is.
type QueueDepth struct {
	Queue   string
	Waiting int           // ready to run now
	Later   int           // scheduled or to be retried at a later time
	Running int           // taken by a worker
	Oldest  time.Duration // how long the longest waiting job could have run; 0 when none waits
}

const (
	// queueLookEvery keeps several scrapers, or an impatient one, from
	// counting a long queue over and over.
	queueLookEvery = 5 * time.Second
	queueLookLimit = 2 * time.Second
)

// WatchQueues publishes what look returns, asked when the metrics are scraped
// and at most every 5 s; look has 2 s. When it gives an error the gauges are
// left out of that scrape and ferry_queue_scrape_errors_total rises.
func (m *Metrics) WatchQueues(look func(context.Context) ([]QueueDepth, error)) error {
	if m.reg == nil {
		return nil
	}
	q := &queueCollector{
		look: look,
		now:  time.Now,
		jobs: prometheus.NewDesc("ferry_queue_jobs",
			"Jobs of a queue: waiting, later or running.", []string{"queue", "state"}, nil),
		oldest: prometheus.NewDesc("ferry_queue_oldest_seconds",
			"How long the longest waiting job of a queue could have run, in seconds.", []string{"queue"}, nil),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ferry_queue_scrape_errors_total",
			Help: "Looks at the queues that gave an error.",
		}),
	}
	if err := m.reg.Register(q); err != nil {
		return fmt.Errorf("register queue metrics: %w", err)
	}
	return nil
}

type queueCollector struct {
	look   func(context.Context) ([]QueueDepth, error)
	now    func() time.Time
	jobs   *prometheus.Desc
	oldest *prometheus.Desc
	errors prometheus.Counter

	mu     sync.Mutex
	lookAt time.Time // the newest look, whether or not it gave an answer
	depths []QueueDepth
}

// Describe implements prometheus.Collector.
func (q *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- q.jobs
	ch <- q.oldest
	q.errors.Describe(ch)
}

// Collect implements prometheus.Collector.
func (q *queueCollector) Collect(ch chan<- prometheus.Metric) {
	for _, d := range q.newest() {
		for _, s := range []struct {
			state string
			count int
		}{{"waiting", d.Waiting}, {"later", d.Later}, {"running", d.Running}} {
			ch <- prometheus.MustNewConstMetric(q.jobs, prometheus.GaugeValue, float64(s.count), d.Queue, s.state)
		}
		ch <- prometheus.MustNewConstMetric(q.oldest, prometheus.GaugeValue, d.Oldest.Seconds(), d.Queue)
	}
	q.errors.Collect(ch)
}

func (q *queueCollector) newest() []QueueDepth {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.lookAt.IsZero() && q.now().Sub(q.lookAt) < queueLookEvery {
		return q.depths
	}
	// A scrape hands over no context.
	ctx, cancel := context.WithTimeout(context.Background(), queueLookLimit)
	defer cancel()
	depths, err := q.look(ctx)
	if err != nil {
		q.errors.Inc()
		depths = nil
	}
	q.depths, q.lookAt = depths, q.now()
	return depths
}
