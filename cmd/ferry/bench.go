package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

const benchUsage = `Usage: ferry bench [--messages N] [--rounds N] [--json FILE]

Measures this machine and ferry on it, in one run: the ceilings first (pgbench
with a two-INSERT transaction, bare River with two no-op jobs), then the service
beside them, and prints each figure as a ratio. Starts its own Postgres, with its
default, durable settings; everything shares this machine.

  --messages N   messages of each flood (default 10000)
  --rounds N     rounds; the table shows medians (default 3)
  --json FILE    write the figures there too
`

// benchOptions are the flags of 'ferry bench'.
type benchOptions struct {
	messages int
	rounds   int
	jsonFile string
	child    string // runs a service for a parent bench instead: see bench_child.go
}

func runBench(ctx context.Context, args []string, env environment) error {
	var o benchOptions
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.messages, "messages", 10_000, "")
	flags.IntVar(&o.rounds, "rounds", 3, "")
	flags.StringVar(&o.jsonFile, "json", "", "")
	flags.StringVar(&o.child, "child", "", "")
	if err := flags.Parse(args); err != nil {
		return usagef("%v", err)
	}
	if flags.NArg() > 0 {
		return usagef("unexpected argument %q", flags.Arg(0))
	}
	if o.messages < 100 || o.rounds < 1 {
		return usagef("want at least 100 messages and 1 round")
	}
	if o.child != "" {
		return runBenchChild(ctx, o.child, env)
	}
	report, err := measure(ctx, o, env.stderr)
	if err != nil {
		return err
	}
	report.print(env.stdout)
	if o.jsonFile == "" {
		return nil
	}
	packed, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	if err := os.WriteFile(o.jsonFile, append(packed, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// measure runs the rounds. In each the ceilings stand right beside what is
// compared with them, because neighbours' load moves absolute figures by tens
// of per cent within minutes.
func measure(ctx context.Context, o benchOptions, progress io.Writer) (*benchReport, error) {
	w, err := openBenchWorld(ctx, o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	report := &benchReport{Machine: describeMachine(ctx, w), Options: fmt.Sprintf("%d messages a flood, %d rounds", o.messages, o.rounds)}
	for round := range o.rounds {
		_, _ = fmt.Fprintf(progress, "round %d of %d\n", round+1, o.rounds)
		r, err := w.round(ctx, progress)
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", round+1, err)
		}
		report.Rounds = append(report.Rounds, r)
	}
	report.summarise()
	return report, nil
}

// round measures everything once.
func (w *benchWorld) round(ctx context.Context, progress io.Writer) (benchRound, error) {
	var r benchRound
	steps := []struct {
		name string
		run  func(context.Context) error
	}{
		{"pgbench, two INSERTs", func(ctx context.Context) (err error) { r.PgbenchBefore, err = w.pgbench(ctx); return err }},
		{"accept, workers off", func(ctx context.Context) (err error) { r.Accept, err = w.accept(ctx, "web"); return err }},
		{"accept, one transaction a message", func(ctx context.Context) (err error) { r.AcceptOneTx, err = w.accept(ctx, "one-tx"); return err }},
		{"bare River", func(ctx context.Context) (err error) { r.BareRiver, err = w.bareRiver(ctx); return err }},
		{"flood, workers live", func(ctx context.Context) (err error) { r.Flood, err = w.flood(ctx); return err }},
		{"paced, 50 a second", func(ctx context.Context) (err error) { r.Paced50, err = w.paced(ctx, 50); return err }},
		{"paced, 100 a second", func(ctx context.Context) (err error) { r.Paced100, err = w.paced(ctx, 100); return err }},
		{"pgbench again", func(ctx context.Context) (err error) { r.PgbenchAfter, err = w.pgbench(ctx); return err }},
	}
	for _, s := range steps {
		start := time.Now()
		if err := s.run(ctx); err != nil {
			return r, fmt.Errorf("%s: %w", s.name, err)
		}
		_, _ = fmt.Fprintf(progress, "  %-36s %5.1f s\n", s.name, time.Since(start).Seconds())
	}
	return r, nil
}
