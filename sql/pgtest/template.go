package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ferry/sql/localpg"
	"ferry/sql/migrations"
)

// dropWait bounds the removal of a database after its test.
const dropWait = 30 * time.Second

// templateLock is the advisory lock under which test binaries that share a
// server agree on who migrates the template. The number means nothing.
const templateLock = 0x666572727974

// clone copies the database that choose names, given the name of the migrated
// template; drop removes the copy.
func (s *lazyServer) clone(ctx context.Context, choose func(migrated string) string) (databaseURL string, drop func() error, err error) {
	admin, migrated, err := s.start(ctx)
	if err != nil {
		return "", nil, err
	}
	name := "ferry_test_" + strings.ToLower(rand.Text())
	if err := execute(ctx, admin, `CREATE DATABASE `+quote(name)+` TEMPLATE `+quote(choose(migrated))); err != nil {
		return "", nil, fmt.Errorf("copy the template: %w", err)
	}
	databaseURL, err = withDatabase(admin, name)
	drop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), dropWait)
		defer cancel()
		// FORCE ends sessions that the test left open.
		if err := execute(ctx, admin, `DROP DATABASE IF EXISTS `+quote(name)+` WITH (FORCE)`); err != nil {
			return fmt.Errorf("drop the copy: %w", err)
		}
		return nil
	}
	return databaseURL, drop, err
}

// start makes sure that there is a server with a template.
func (s *lazyServer) start(ctx context.Context) (admin, template string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin != "" {
		return s.admin, s.template, nil
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()

	admin = os.Getenv("TEST_DATABASE_URL")
	if admin == "" {
		if s.server, err = localpg.Start(ctx, localpg.Options{
			FastUnsafe: true,
			// Plans must not depend on whether statistics were gathered meanwhile.
			Settings: map[string]string{"autovacuum": "off"},
		}); err != nil {
			return "", "", err
		}
		admin = s.server.URL("postgres")
	}
	template, err = makeTemplate(ctx, admin)
	if err != nil {
		return "", "", errors.Join(err, s.halt())
	}
	s.admin, s.template = admin, template
	return admin, template, nil
}

// stop ends the server if it is ours.
func (s *lazyServer) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt()
}

func (s *lazyServer) halt() error {
	if s.server == nil {
		return nil
	}
	err := s.server.Stop()
	s.server, s.admin = nil, ""
	return err
}

// makeTemplate migrates a database once and marks it as a template. The mark
// comes last, so that a template is always complete.
func makeTemplate(ctx context.Context, admin string) (name string, err error) {
	fingerprint, err := migrations.Fingerprint()
	if err != nil {
		return "", err
	}
	name = "ferry_template_" + fingerprint

	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", fmt.Errorf("connect to the test server: %w", err)
	}
	// The lock ends with the connection.
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
		return "", fmt.Errorf("wait for the template: %w", err)
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`, name).Scan(&there)
	if err != nil || there {
		return name, err
	}
	templateURL, err := withDatabase(admin, name)
	if err != nil {
		return "", err
	}
	for _, step := range []func() error{
		func() error { return statement(ctx, conn, `DROP DATABASE IF EXISTS `+quote(name)+` WITH (FORCE)`) },
		func() error { return statement(ctx, conn, `CREATE DATABASE `+quote(name)) },
		func() error { return migrations.Up(ctx, templateURL) },
		// Nobody may be connected to what is copied (55006).
		func() error {
			return statement(ctx, conn, `ALTER DATABASE `+quote(name)+` ALLOW_CONNECTIONS false IS_TEMPLATE true`)
		},
	} {
		if err := step(); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	return name, nil
}

func execute(ctx context.Context, databaseURL, sql string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	return errors.Join(statement(ctx, conn, sql), conn.Close(ctx))
}

// statement runs sql that takes no parameters: statements about databases
// cannot, so that their names are quoted into the text.
func statement(ctx context.Context, conn *pgx.Conn, sql string) error {
	_, err := conn.Exec(ctx, sql)
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// withDatabase is a server's URL with another database in it.
func withDatabase(databaseURL, name string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", errors.New("TEST_DATABASE_URL is no URL: set it to postgres://user:password@host:5432/postgres")
	}
	u.Path = "/" + name
	return u.String(), nil
}
