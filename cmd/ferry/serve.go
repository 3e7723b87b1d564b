package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
)

const serveUsage = `Usage: ferry serve [--role all|web|worker]

Runs the service until SIGINT or SIGTERM. Configured by the environment: see
docs/configuration.md.

  --role all      HTTP and River workers in one process (default)
  --role web      HTTP only
  --role worker   River workers only
`

func runServe(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	as := flags.String("role", string(roleAll), "")
	if err := flags.Parse(args); err != nil {
		return usagef("%v", err)
	}
	if flags.NArg() > 0 {
		return usagef("unexpected argument %q", flags.Arg(0))
	}
	r := role(*as)
	if r != roleAll && r != roleWeb && r != roleWorker {
		return usagef("unknown role %q: want all, web or worker", *as)
	}
	cfg, err := loadConfig(env.getenv, r)
	if err != nil {
		return err
	}
	log := newLogger(env.stderr, cfg.LogLevel, cfg.LogFormat)
	for _, w := range cfg.Warnings {
		log.Warn("configuration looks wrong", "warning", w)
	}
	tuneCollector(ctx)
	s, err := startService(ctx, cfg, r, log, serviceOptions{})
	if err != nil {
		return err
	}
	log.Info("serving", "role", r, "version", buildVersion(), "http", addressOf(s.public), "admin", addressOf(s.admin))
	var failure error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case failure = <-s.fails:
	}
	err = errors.Join(failure, s.stop(context.WithoutCancel(ctx)))
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	log.Info("stopped")
	return nil
}
