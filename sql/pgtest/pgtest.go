// Package pgtest gives each test a fresh, migrated Postgres database.
//
// A test binary starts its own server when its first test asks for a database.
// Sharing one among the binaries of a `go test ./...` would save a second for
// each package, but somebody would have to own it: a server without an owner
// outlives a killed run, and one owned by a binary dies under the others.
// Whoever wants to share sets TEST_DATABASE_URL to a server that is there.
//
// Within a binary one database is migrated and every test gets a copy of it,
// which takes some 30 ms and works in parallel tests.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/sql/localpg"
	"ferry/sql/migrations"
	"ferry/sql/pool"
)

const (
	// startWait bounds the start of a server on a busy machine.
	startWait = time.Minute
	// poolSize is what Pool and HotPool open: small, as many tests run at once.
	poolSize = 8
)

// shared is the server of this test binary. Tests have no other place to share
// something that is expensive to make.
var shared lazyServer

// lazyServer is started by the first test that needs it.
type lazyServer struct {
	mu       sync.Mutex
	server   *localpg.Server // nil when TEST_DATABASE_URL names one
	admin    string          // URL of a database to give orders from; "" before the start
	template string          // name of the migrated database to copy
}

// DB returns the URL of a fresh, migrated database, dropped when tb ends.
func DB(tb testing.TB) (databaseURL string) {
	tb.Helper()
	return copyOf(tb, func(migrated string) string { return migrated })
}

// Empty returns the URL of a fresh database without any migration, dropped when
// tb ends.
func Empty(tb testing.TB) (databaseURL string) {
	tb.Helper()
	return copyOf(tb, func(string) string { return "template0" })
}

// copyOf hands out a copy of the database that choose names, given the name of
// the migrated template.
func copyOf(tb testing.TB, choose func(migrated string) string) (databaseURL string) {
	tb.Helper()
	databaseURL, drop, err := shared.clone(tb.Context(), choose)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := drop(); err != nil {
			tb.Errorf("test database: %v", err)
		}
	})
	return databaseURL
}

// Pool is pool.Open on a fresh, migrated database, closed when tb ends.
func Pool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	return open(tb, pool.Open)
}

// HotPool is pool.OpenHot on a fresh, migrated database, closed when tb ends.
func HotPool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	return open(tb, pool.OpenHot)
}

func open(tb testing.TB, open func(context.Context, string, int32) (*pgxpool.Pool, error)) *pgxpool.Pool {
	tb.Helper()
	p, err := open(tb.Context(), DB(tb), poolSize)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	tb.Cleanup(p.Close)
	return p
}

// Durable starts a server for tb alone, one that keeps what it committed when it
// is killed and restarted, and returns it with the URL of a migrated database.
// It takes over a second: for tests that crash the server.
func Durable(tb testing.TB) (server *localpg.Server, databaseURL string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), startWait)
	defer cancel()
	server, err := localpg.Start(ctx, localpg.Options{})
	if err != nil {
		tb.Fatalf("durable test server: %v", err)
	}
	tb.Cleanup(func() {
		if err := server.Stop(); err != nil {
			tb.Errorf("durable test server: %v", err)
		}
	})
	const database = "ferry"
	databaseURL = server.URL(database)
	err = server.CreateDatabase(ctx, database)
	if err == nil {
		err = migrations.Up(ctx, databaseURL)
	}
	if err != nil {
		tb.Fatalf("durable test server: %v", err)
	}
	return server, databaseURL
}

// Main wraps the tests of a package so that the server is stopped, and its
// folder removed, when they are through:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }
//
// It fits goleak.VerifyTestMain too, which would find the server's goroutine
// otherwise. Without it both go when the test binary ends.
func Main(m *testing.M) Suite { return Suite{m} }

// Suite is the tests of one package.
type Suite struct{ m *testing.M }

// Run runs the tests, stops the server and returns the exit code.
func (s Suite) Run() int {
	code := s.m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "test server:", err)
		return max(code, 1)
	}
	return code
}
