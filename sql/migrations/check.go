package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Version returns the version that the database is at, 0 for none, and whether
// the last migration to it failed. It changes nothing.
func Version(ctx context.Context, databaseURL string) (version uint, dirty bool, err error) {
	conn, err := connect(ctx, databaseURL)
	if err != nil {
		return 0, false, err
	}
	defer disconnect(conn)
	at, dirty, err := readVersion(ctx, conn)
	return uint(max(at, 0)), dirty, err
}

// Check is the guard at start-up: nil for a database at exactly the version
// that this binary was built for, else an error that says what to do. It
// changes nothing.
func Check(ctx context.Context, databaseURL string) error {
	h, err := newHistory()
	if err != nil {
		return err
	}
	conn, err := connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer disconnect(conn)

	at, dirty, err := readVersion(ctx, conn)
	latest := int(h.latest())
	switch {
	case err != nil:
		return err
	case dirty:
		return h.dirtyError(at)
	case at == database.NilVersion:
		return errors.New("the database is not migrated: run 'ferry migrate up'")
	case !h.has(uint(at)):
		return h.unknownError(at)
	case at < latest:
		return fmt.Errorf("the database is at version %d, older than this ferry, which needs %d: run 'ferry migrate up'", at, latest)
	}
	return checkRiver(ctx, conn)
}

// checkRiver asks River itself whether its tables are those it needs, so that a
// hole in riverVersion is found at the start and not by the first job.
func checkRiver(ctx context.Context, conn *pgx.Conn) error {
	river, err := riverMigrator()
	if err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		result, err := river.ValidateTx(ctx, tx, nil)
		if err != nil {
			return fmt.Errorf("validate River's tables: %w", err)
		}
		if !result.OK {
			return fmt.Errorf("validate River's tables: %s", strings.Join(result.Messages, "; "))
		}
		return nil
	})
}

func connect(ctx context.Context, databaseURL string) (*pgx.Conn, error) {
	config, err := parse(databaseURL)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return conn, nil
}

// disconnect says goodbye even when the caller's context is over.
func disconnect(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), connectWait)
	defer cancel()
	_ = conn.Close(ctx)
}

// readVersion reads golang-migrate's table itself, because golang-migrate
// creates the table when it is not there. NilVersion means that it is not.
func readVersion(ctx context.Context, conn *pgx.Conn) (at int, dirty bool, err error) {
	err = conn.QueryRow(ctx, `SELECT version, dirty FROM schema_migrations LIMIT 1`).Scan(&at, &dirty)
	var pgErr *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &pgErr) && pgErr.Code == pgerrcode.UndefinedTable:
		return database.NilVersion, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("read the database's version: %w", err)
	}
	return at, dirty, nil
}
