package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// benchRound is one round's raw figures: rates in messages (transactions) a
// second, times in milliseconds, memory in MiB.
type benchRound struct {
	PgbenchBefore float64     `json:"pgbench_before"`
	PgbenchAfter  float64     `json:"pgbench_after"`
	BareRiver     float64     `json:"bare_river"`
	Accept        benchAccept `json:"accept"`
	AcceptOneTx   benchAccept `json:"accept_one_tx"`
	Flood         benchFlood  `json:"flood"`
	Paced50       benchPaced  `json:"paced_50"`
	Paced100      benchPaced  `json:"paced_100"`
}

type benchAccept struct {
	Rate float64 `json:"rate"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
}

type benchFlood struct {
	Accepted  float64 `json:"accepted"`
	Answered  float64 `json:"answered"`
	AckP99    float64 `json:"ack_p99_ms"`
	WebMiB    float64 `json:"web_mib"`
	WorkerMiB float64 `json:"worker_mib"`
}

type benchPaced struct {
	Sent   int     `json:"sent"`
	P50    float64 `json:"p50_ms"` // webhook to send request
	P99    float64 `json:"p99_ms"`
	AckP99 float64 `json:"ack_p99_ms"`
	// ReadyMS is how long the web and worker processes took from their start
	// to /readyz, the slower of the two.
	ReadyMS float64 `json:"ready_ms"`
}

// benchLine is one line of the table.
type benchLine struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"` // median over the rounds
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal"`
	Met   *bool   `json:"met,omitempty"` // nil: there is nothing to compare with
}

type benchReport struct {
	Machine string       `json:"machine"`
	Options string       `json:"options"`
	Lines   []benchLine  `json:"lines"`
	Rounds  []benchRound `json:"rounds"`
}

func (r benchRound) pgbench() float64 { return (r.PgbenchBefore + r.PgbenchAfter) / 2 }

func (b *benchReport) summarise() {
	add := func(name, unit string, goal float64, atMost bool, value func(benchRound) float64) {
		var values []float64
		for _, r := range b.Rounds {
			values = append(values, value(r))
		}
		slices.Sort(values)
		line := benchLine{Name: name, Unit: unit, Value: values[len(values)/2], Low: values[0], High: values[len(values)-1]}
		switch met := line.Value >= goal; {
		case goal == 0 || line.Value == 0:
		case atMost:
			line.Goal, met = fmt.Sprintf("<= %g", goal), line.Value <= goal
			line.Met = &met
		default:
			line.Goal = fmt.Sprintf(">= %g", goal)
			line.Met = &met
		}
		b.Lines = append(b.Lines, line)
	}
	atLeast := func(name, unit string, goal float64, value func(benchRound) float64) {
		add(name, unit, goal, false, value)
	}
	atMost := func(name, unit string, goal float64, value func(benchRound) float64) {
		add(name, unit, goal, true, value)
	}

	atLeast("pgbench, two INSERTs, 64 clients", "tx/s", 0, benchRound.pgbench)
	atLeast("bare River, two no-op jobs a message", "msg/s", 0, func(r benchRound) float64 { return r.BareRiver })
	atLeast("accepted, workers off, 64 at a time", "msg/s", 0, func(r benchRound) float64 { return r.Accept.Rate })
	atLeast("  over one transaction a message", "x", 3, func(r benchRound) float64 { return ratio(r.Accept.Rate, r.AcceptOneTx.Rate) })
	atLeast("  over pgbench", "x", 0.8, func(r benchRound) float64 { return ratio(r.Accept.Rate, r.pgbench()) })
	atLeast("accepted, workers live, flooded", "msg/s", 0, func(r benchRound) float64 { return r.Flood.Accepted })
	atLeast("  over pgbench", "x", 0.35, func(r benchRound) float64 { return ratio(r.Flood.Accepted, r.pgbench()) })
	atLeast("answered, flooded", "msg/s", 0, func(r benchRound) float64 { return r.Flood.Answered })
	atLeast("  over bare River", "x", 1, func(r benchRound) float64 { return ratio(r.Flood.Answered, r.BareRiver) })
	atLeast("  over pgbench", "x", 0.25, func(r benchRound) float64 { return ratio(r.Flood.Answered, r.pgbench()) })
	atMost("webhook to send request, 50/s, p50", "ms", 20, func(r benchRound) float64 { return r.Paced50.P50 })
	atMost("webhook to send request, 50/s, p99", "ms", 60, func(r benchRound) float64 { return r.Paced50.P99 })
	atMost("webhook answer, 50/s, p99", "ms", 25, func(r benchRound) float64 { return r.Paced50.AckP99 })
	atMost("webhook to send request, 100/s, p50", "ms", 20, func(r benchRound) float64 { return r.Paced100.P50 })
	atMost("webhook to send request, 100/s, p99", "ms", 60, func(r benchRound) float64 { return r.Paced100.P99 })
	atMost("webhook answer, 100/s, p99", "ms", 25, func(r benchRound) float64 { return r.Paced100.AckP99 })
	atMost("memory, web and worker, under flood", "MiB", 150, func(r benchRound) float64 { return r.Flood.WebMiB + r.Flood.WorkerMiB })
	atMost("start to ready, slower of the two", "ms", 1000, func(r benchRound) float64 { return r.Paced50.ReadyMS })
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func (b *benchReport) print(w io.Writer) {
	var t strings.Builder
	fmt.Fprintf(&t, "%s\n%s; medians (lowest to highest)\n\n", b.Machine, b.Options)
	for _, l := range b.Lines {
		met := ""
		if l.Met != nil {
			met = map[bool]string{true: "met", false: "MISSED"}[*l.Met]
		}
		fmt.Fprintf(&t, "%-40s %9s  (%s to %s) %-6s %-9s %s\n",
			l.Name, figure(l.Value), figure(l.Low), figure(l.High), l.Unit, l.Goal, met)
	}
	_, _ = io.WriteString(w, t.String())
}

func figure(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 1000:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// describeMachine names what the figures were taken on.
func describeMachine(ctx context.Context, w *benchWorld) string {
	cpu := "unknown CPU"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	var version string
	if err := w.pool.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		version = "?"
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s, Postgres %s, %s",
		cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), version, time.Now().UTC().Format(time.DateOnly))
}
