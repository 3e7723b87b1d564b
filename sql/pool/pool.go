// Package pool opens ferry's connections to Postgres.
package pool

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectWait = 10 * time.Second
	// A connection that has been idle this long is closed; plans and caches of
	// one that lives longer than maxLifetime are given back.
	maxIdle, maxLifetime, lifetimeJitter = 5 * time.Minute, time.Hour, 5 * time.Minute
	healthCheck                          = 30 * time.Second
)

// Limits that every session gets, in milliseconds. A statement, a lock or a
// transaction that takes longer is a fault somewhere; it ends in an error
// (57014, 55P03, 25P03) instead of holding up everybody else.
func limits() map[string]string {
	return map[string]string{
		"application_name":                    "ferry",
		"statement_timeout":                   "30000",
		"lock_timeout":                        "10000",
		"idle_in_transaction_session_timeout": "30000",
	}
}

// nestedIndexScans makes Postgres look rows up by index, one for each element
// of the arrays that the hot path's statements take (… FROM unnest($1)). On a
// young or never analysed table Postgres guesses that reading the whole table
// is cheaper, and keeps that plan for the life of the connection: a batch of 70
// rows then costs 100 ms and grows with the table. Compiling such short
// statements (jit) costs more than it saves.
func nestedIndexScans() map[string]string {
	return map[string]string{
		"enable_hashjoin":  "off",
		"enable_mergejoin": "off",
		"enable_seqscan":   "off",
		"jit":              "off",
		"plan_cache_mode":  "force_generic_plan",
	}
}

// Open returns a pool of at most maxConns connections with Postgres's own
// planner settings: for agents, reports and whatever else reads many rows.
// It connects once, so that a wrong URL is an error here. The caller closes it.
//
// Settings in the URL's query win over those made here.
func Open(ctx context.Context, databaseURL string, maxConns int32) (*pgxpool.Pool, error) {
	return open(ctx, databaseURL, maxConns, limits())
}

// OpenHot is Open for the path that every message takes: short statements that
// find their rows by index, River's included. Never read a large part of a
// table through it: it will not be scanned or hashed, only looked up row by row.
func OpenHot(ctx context.Context, databaseURL string, maxConns int32) (*pgxpool.Pool, error) {
	settings := limits()
	maps.Copy(settings, nestedIndexScans())
	return open(ctx, databaseURL, maxConns, settings)
}

// OpenRelaxed is OpenHot for what may be lost when Postgres itself crashes:
// its commits do not wait for the disk. River fetches and completes jobs
// through it. A fetch that is lost runs a job again, a completion that is lost
// runs it again and finds its work done; either is one that the outcomes, which
// are written through OpenHot, are fenced against. Whatever OpenHot commits
// later makes everything before it durable too.
func OpenRelaxed(ctx context.Context, databaseURL string, maxConns int32) (*pgxpool.Pool, error) {
	settings := limits()
	maps.Copy(settings, nestedIndexScans())
	settings["synchronous_commit"] = "off"
	return open(ctx, databaseURL, maxConns, settings)
}

func open(ctx context.Context, databaseURL string, maxConns int32, settings map[string]string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	config.MaxConns = maxConns
	config.MaxConnIdleTime = maxIdle
	config.MaxConnLifetime = maxLifetime
	config.MaxConnLifetimeJitter = lifetimeJitter
	config.HealthCheckPeriod = healthCheck
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWait
	}
	for name, value := range settings {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerUUID(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, nil
}
