// Package migrations is the history of ferry's database: our tables and
// River's, numbered in one sequence, applied and taken back by golang-migrate.
//
// Each number is a pair of files, up and down. A file runs as one implicit
// transaction: it holds no BEGIN, and what cannot run in a transaction (CREATE
// INDEX CONCURRENTLY) has no place in it. A file that has been released is
// never edited.
package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// lockWait is how long a migration waits for another one, or for a table
	// that a transaction holds, before it gives up. It bounds each single wait;
	// a lock_timeout in the URL wins.
	lockWait = 30 * time.Second
	// connectWait bounds the attempt to connect when the URL sets no limit.
	connectWait = 10 * time.Second
)

// Up applies every migration that the database lacks; nil when it lacks none.
// Any number of processes may call it at once: they take turns. A cancelled ctx
// stops it between two migrations.
func Up(ctx context.Context, databaseURL string) error {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer m.close()
	return m.move(ctx, source.Up, -1)
}

// Down takes back the newest n migrations, all of them when n is negative, and
// with them what their tables held. It is no error when fewer were applied.
// A cancelled ctx stops it between two migrations.
func Down(ctx context.Context, databaseURL string, n int) error {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer m.close()
	return m.move(ctx, source.Down, n)
}

// Force records that the database is at version v, and clean, without running
// anything; 0 means that nothing is applied. It is for a person who has looked
// at a dirty database and knows which version its tables are at.
func Force(ctx context.Context, databaseURL string, v int) error {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer m.close()
	if v < 0 || (v > 0 && !m.history.has(uint(v))) {
		return fmt.Errorf("force version %d: want 0 (nothing applied) to %d", v, m.history.latest())
	}
	if v == 0 {
		v = database.NilVersion
	}
	if err := m.migrate.Force(v); err != nil {
		return fmt.Errorf("force version: %w", brief(err))
	}
	return nil
}

// Latest is the version that this binary migrates to. It is 0 when the history
// does not load, which every other function reports.
func Latest() uint {
	h, err := newHistory()
	if err != nil {
		return 0
	}
	return h.latest()
}

// Fingerprint is a short text that changes whenever a migration does. Names of
// template databases carry it.
func Fingerprint() (string, error) {
	h, err := newHistory()
	if err != nil {
		return "", err
	}
	return h.fingerprint(), nil
}

// migrator is one connection to the database, with the history to apply to it.
type migrator struct {
	history history
	driver  database.Driver
	migrate *migrate.Migrate
}

func open(ctx context.Context, databaseURL string) (*migrator, error) {
	h, err := newHistory()
	if err != nil {
		return nil, err
	}
	config, err := parse(databaseURL)
	if err != nil {
		return nil, err
	}
	if _, set := config.RuntimeParams["lock_timeout"]; !set {
		config.RuntimeParams["lock_timeout"] = strconv.FormatInt(lockWait.Milliseconds(), 10)
	}
	// A limit set on the role must not cut a long migration short.
	config.RuntimeParams["statement_timeout"] = "0"

	// golang-migrate connects without a context: here ctx still has its say.
	db := stdlib.OpenDB(*config)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the database: %w", err), db.Close())
	}
	driver, err := migratepgx.WithInstance(db, &migratepgx.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the migration history: %w", brief(err)), db.Close())
	}
	m, err := migrate.NewWithInstance("ferry", h, "pgx5", driver)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the migration history: %w", err), driver.Close())
	}
	// Postgres's lock_timeout answers first, and cleanly: golang-migrate's own
	// limit abandons the wait and leaves it running.
	m.LockTimeout = 2 * lockWait
	return &migrator{history: h, driver: driver, migrate: m}, nil
}

// close gives the connection back. Nothing is left to lose by then, so that an
// error here would only hide what the migration had to say.
func (m *migrator) close() {
	_, _ = m.migrate.Close()
}

// move takes n steps in a direction, or as many as there are; a negative n is
// all. One step at a time: golang-migrate can be stopped in no other way.
func (m *migrator) move(ctx context.Context, direction source.Direction, n int) error {
	step, end := 1, int(m.history.latest())
	if direction == source.Down {
		step, end = -1, database.NilVersion
	}
	for ; n != 0; n-- {
		at, dirty, err := m.driver.Version()
		switch {
		case err != nil:
			return fmt.Errorf("read the database's version: %w", brief(err))
		case at != database.NilVersion && !m.history.has(uint(at)):
			return m.history.unknownError(at)
		case at == end && !dirty:
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped at version %d: %w", max(at, 0), err)
		}
		// Steps looks again under the lock. Whether the database is dirty is
		// known only there: a version that is being applied looks dirty too. And
		// when another process has taken the last step meanwhile, there is none.
		err = m.migrate.Steps(step)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m.explain(direction, err)
		}
	}
	return nil
}

// parse reads a postgres:// or postgresql:// URL. It goes through pgxpool, so
// that pool settings in the URL are not sent to the server as its own.
func parse(databaseURL string) (*pgx.ConnConfig, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWait
	}
	config.ConnConfig.RuntimeParams["application_name"] = "ferry migrate"
	return config.ConnConfig, nil
}
