package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"ferry/app/agent"
	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/app/web"
	"ferry/jobs"
	"ferry/sql/migrations"
	"ferry/sql/pool"
)

// Connections of one process: the hot path's, River's, and the agents' own, so
// that a report over a million sales takes none from the people who wait.
const (
	hotConns   = 12
	queueConns = 8
	agentConns = 8
)

// service is a running process of ferry: what 'ferry serve' starts and stops.
// The order of starting is the order of the steps in startService; stopping is
// its reverse, so that the door shuts before the workers leave, and the
// workers leave before the database does.
type service struct {
	cfg      Config
	role     role
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics.Metrics

	hot    *pgxpool.Pool
	river  *river.Client[pgx.Tx]
	public net.Listener // nil in a worker
	admin  net.Listener // nil where there is none

	stops []step     // undone last first
	fails chan error // what a listener died of
}

type step struct {
	name string
	stop func(ctx context.Context) error
}

// serviceOptions are what the demo adds to a plain service.
type serviceOptions struct {
	public net.Listener            // nil: listen on cfg.HTTPAddr
	admin  net.Listener            // nil: listen on cfg.AdminAddr
	pages  map[string]http.Handler // on the public listener
	// inbox is for the benchmark; the rate limit and the acknowledgement come
	// from cfg.
	inbox jobs.InboxOptions
}

// startService starts a process of the given role. When a step fails the steps
// before it are undone.
func startService(ctx context.Context, cfg Config, as role, log *slog.Logger, opts serviceOptions) (*service, error) {
	s := &service{cfg: cfg, role: as, log: log, registry: prometheus.NewRegistry(), fails: make(chan error, 2)}
	s.metrics = metrics.New(s.registry)
	s.metrics.Build(buildVersion())
	err := s.startAll(ctx, opts)
	if err != nil {
		return nil, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *service) startAll(ctx context.Context, opts serviceOptions) error {
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	if s.role != roleWeb {
		if err := s.startWorkers(ctx); err != nil {
			return err
		}
	}
	if s.role != roleWorker {
		if err := s.openDoor(ctx, opts); err != nil {
			return err
		}
	}
	return s.openOperators(ctx, opts)
}

// undo registers how a step that succeeded is stopped.
func (s *service) undo(name string, stop func(ctx context.Context) error) {
	s.stops = append(s.stops, step{name, stop})
}

func (s *service) openDatabase(ctx context.Context) error {
	url := string(s.cfg.DatabaseURL)
	if err := migrations.Check(ctx, url); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	hot, err := pool.OpenHot(ctx, url, hotConns)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	s.hot = hot
	s.undo("database", func(context.Context) error { hot.Close(); return nil })
	if s.river, err = jobs.NewInserter(hot, s.log); err != nil {
		return err
	}
	return errors.Join(
		s.metrics.WatchPool("hot", hot),
		s.metrics.WatchQueues(func(ctx context.Context) ([]metrics.QueueDepth, error) { return jobs.QueueDepths(ctx, hot) }),
	)
}

func (s *service) base() jobs.Base {
	return jobs.Base{Pool: s.hot, River: s.river, Metrics: s.metrics, Log: s.log}
}

func (s *service) startWorkers(ctx context.Context) error {
	wide, err := pool.Open(ctx, string(s.cfg.DatabaseURL), agentConns)
	if err != nil {
		return fmt.Errorf("open the agents' database: %w", err)
	}
	s.undo("agents' database", func(context.Context) error { wide.Close(); return nil })
	queue, err := pool.OpenRelaxed(ctx, string(s.cfg.DatabaseURL), queueConns)
	if err != nil {
		return fmt.Errorf("open the queue's database: %w", err)
	}
	s.undo("queue's database", func(context.Context) error { queue.Close(); return nil })
	agents, stopAgents := agent.NewRegistry(agent.Config{Hot: s.hot, Wide: wide, ObserveReads: func(n int, took time.Duration) {
		s.metrics.Committed(metrics.StageRead, n, took)
	}})
	s.undo("agents", func(context.Context) error { stopAgents(); return nil })
	sender := twilio.NewSender(s.cfg.senderConfig())
	s.undo("twilio", func(context.Context) error { sender.Close(); return nil })
	workers, err := jobs.StartWorkers(ctx, s.base(), jobs.WorkersConfig{
		DatabaseURL:    string(s.cfg.DatabaseURL),
		Queue:          queue,
		Agents:         agents,
		Sender:         sender,
		StatusCallback: s.cfg.PublicURLs[0] + web.StatusPath,
		Ack:            jobs.AckMode(s.cfg.AckMode),
		AckAfter:       s.cfg.AckAfter,
		AgentWorkers:   s.cfg.AgentWorkers,
		SendWorkers:    s.cfg.SendWorkers,
	})
	if err != nil {
		return fmt.Errorf("start the workers: %w", err)
	}
	s.river = workers.Client()
	s.undo("workers", workers.Stop)
	return errors.Join(s.metrics.WatchPool("agents", wide), s.metrics.WatchPool("queue", queue))
}

func (s *service) openDoor(ctx context.Context, opts serviceOptions) error {
	verifier, err := twilio.NewVerifier(s.cfg.verifierConfig())
	if err != nil {
		return fmt.Errorf("set up signature checks: %w", err)
	}
	opts.inbox.RateLimit, opts.inbox.Ack = s.cfg.RateLimit, jobs.AckMode(s.cfg.AckMode)
	directory := jobs.NewDirectory(s.hot, s.log)
	s.undo("directory", func(context.Context) error { directory.Close(); return nil })
	inbox := jobs.NewInbox(s.base(), directory, opts.inbox)
	s.undo("inbox", func(context.Context) error { inbox.Close(); return nil })
	statuses := jobs.NewStatusUpdates(s.base())
	s.undo("status callbacks", func(context.Context) error { statuses.Close(); return nil })
	s.public = opts.public
	if s.public == nil {
		if s.public, err = listen(ctx, "HTTP_ADDR", s.cfg.HTTPAddr); err != nil {
			return err
		}
	}
	s.serve("public listener", s.public, web.NewPublic(web.PublicOptions{
		Verifier: verifier, Accept: inbox.Accept, Apply: statuses.Apply, Ready: s.ready,
		Metrics: s.metrics, Log: s.log, HTTPS: s.cfg.behindHTTPS(), Pages: opts.pages,
	}))
	return nil
}

func (s *service) openOperators(ctx context.Context, opts serviceOptions) error {
	if s.cfg.AdminAddr == "" {
		return nil
	}
	ops, err := web.NewOps(web.OpsOptions{
		User: s.cfg.AdminUser, Password: string(s.cfg.AdminPassword), River: s.river, Gatherer: s.registry,
		Ready: s.ready, Version: buildVersion(), Role: string(s.role), Log: s.log,
	})
	if err != nil {
		return fmt.Errorf("set up the operators' listener: %w", err)
	}
	s.admin = opts.admin
	if s.admin == nil {
		if s.admin, err = listen(ctx, "ADMIN_ADDR", s.cfg.AdminAddr); err != nil {
			return err
		}
	}
	s.serve("operators' listener", s.admin, ops)
	return nil
}

func (s *service) serve(name string, l net.Listener, server *web.Server) {
	go func() {
		if err := server.Serve(l); err != nil {
			s.fails <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	s.undo(name, server.Shutdown)
}

func listen(ctx context.Context, variable, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; set %s to a free address", address, err, variable)
	}
	return l, nil
}

// ready says whether this process can do its work: /readyz.
func (s *service) ready(ctx context.Context) error {
	return migrations.Check(ctx, string(s.cfg.DatabaseURL))
}

// stopPatience bounds the whole stop. It is longer than the workers' soft stop
// and shorter than the 30 s after which orchestrators commonly kill.
const stopPatience = 28 * time.Second

// stop undoes the start, last step first, and reports what did not end well.
func (s *service) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		if err := within(ctx, s.stops[i].stop); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.stops[i].name, err))
		}
	}
	s.stops = nil
	return errors.Join(errs...)
}

// within runs a stop that may not heed ctx, and stops waiting when ctx ends:
// the process is about to end anyway, and what was not finished is found by
// the next one.
func within(ctx context.Context, stop func(ctx context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
