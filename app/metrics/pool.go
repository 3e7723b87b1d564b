package metrics

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// WatchPool publishes the figures of a Postgres connection pool under a name,
// read when the metrics are scraped.
func (m *Metrics) WatchPool(name string, pool *pgxpool.Pool) error {
	if m.reg == nil {
		return nil
	}
	if err := m.reg.Register(newPoolCollector(name, pool)); err != nil {
		return fmt.Errorf("register metrics of pool %s: %w", name, err)
	}
	return nil
}

type poolFigure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*pgxpool.Stat) float64
}

type poolCollector struct {
	pool    *pgxpool.Pool
	figures []poolFigure
}

func newPoolCollector(name string, pool *pgxpool.Pool) *poolCollector {
	labels := prometheus.Labels{"pool": name}
	figure := func(kind prometheus.ValueType, what, help string, of func(*pgxpool.Stat) float64) poolFigure {
		return poolFigure{desc: prometheus.NewDesc("ferry_pool_"+what, help, nil, labels), kind: kind, of: of}
	}
	const gauge, counter = prometheus.GaugeValue, prometheus.CounterValue
	return &poolCollector{pool: pool, figures: []poolFigure{
		figure(gauge, "max_connections", "Connections that the pool may open.",
			func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) }),
		figure(gauge, "open_connections", "Connections that are open.",
			func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) }),
		figure(gauge, "used_connections", "Connections in use.",
			func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) }),
		figure(counter, "acquires_total", "Connections taken from the pool.",
			func(s *pgxpool.Stat) float64 { return float64(s.AcquireCount()) }),
		figure(counter, "waits_total", "Acquires that had to wait, because every connection was in use.",
			func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) }),
		figure(counter, "wait_seconds_total", "Time spent in those waits, in seconds.",
			func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() }),
		figure(counter, "given_up_total", "Acquires whose caller gave up first.",
			func(s *pgxpool.Stat) float64 { return float64(s.CanceledAcquireCount()) }),
		figure(counter, "new_connections_total", "Connections opened.",
			func(s *pgxpool.Stat) float64 { return float64(s.NewConnsCount()) }),
	}}
}

// Describe implements prometheus.Collector.
func (c *poolCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range c.figures {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c *poolCollector) Collect(ch chan<- prometheus.Metric) {
	stat := c.pool.Stat()
	for _, f := range c.figures {
		ch <- prometheus.MustNewConstMetric(f.desc, f.kind, f.of(stat))
	}
}
