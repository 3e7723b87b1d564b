package pgtest

import (
	"context"
	"net/url"
	"path"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"ferry/sql/localpg"
	"ferry/sql/migrations"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(Main(m))
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return value
}

func nameOf(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	return path.Base(u.Path)
}

// Tests that run at once see nothing of each other.
func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := DB(t)
			require.NoError(t, migrations.Check(t.Context(), databaseURL))
			conn := connect(t, databaseURL)
			_, err := conn.Exec(t.Context(), `INSERT INTO companies (name) VALUES ($1)`, name)
			require.NoError(t, err)
			require.Equal(t, name, one[string](t, conn, `SELECT name FROM companies`))
		})
	}
}

//nolint:tparallel // the test looks at what its subtest left behind
func TestDatabaseIsDroppedThoughItIsInUse(t *testing.T) {
	t.Parallel()
	admin := connect(t, DB(t))
	var name string
	var left *pgx.Conn
	t.Run("a test that forgets a session", func(t *testing.T) {
		databaseURL := DB(t)
		name = nameOf(t, databaseURL)
		var err error
		left, err = pgx.Connect(t.Context(), databaseURL)
		require.NoError(t, err)
	})
	require.Zero(t, one[int](t, admin, `SELECT count(*) FROM pg_database WHERE datname = $1`, name))
	require.Error(t, left.Ping(t.Context()))
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, migrations.Check(t.Context(), Empty(t)), "not migrated")
}

func TestPools(t *testing.T) {
	t.Parallel()
	normal, hot := Pool(t), HotPool(t)
	require.NotEqual(t, normal.Config().ConnConfig.Database, hot.Config().ConnConfig.Database)
	for want, p := range map[string]func(context.Context, string, ...any) pgx.Row{"on": normal.QueryRow, "off": hot.QueryRow} {
		var got string
		require.NoError(t, p(t.Context(), `SHOW enable_hashjoin`).Scan(&got))
		require.Equal(t, want, got)
	}
}

func TestDurableSurvivesACrash(t *testing.T) {
	t.Parallel()
	server, databaseURL := Durable(t)
	require.NoError(t, migrations.Check(t.Context(), databaseURL))
	first, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	require.Equal(t, "on", one[string](t, first, `SHOW fsync`))
	_, err = first.Exec(t.Context(), `INSERT INTO companies (name) VALUES ('kept')`)
	require.NoError(t, err)

	require.NoError(t, server.Kill())
	require.Error(t, first.Ping(t.Context()))
	require.NoError(t, server.Restart(t.Context()))
	require.Equal(t, "kept", one[string](t, connect(t, databaseURL), `SELECT name FROM companies`))
}

// Test binaries that share a server make one template between them, and a
// template that was left half-made is made again.
func TestBinariesShareATemplate(t *testing.T) {
	t.Parallel()
	server, err := localpg.Start(t.Context(), localpg.Options{FastUnsafe: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	fingerprint, err := migrations.Fingerprint()
	require.NoError(t, err)
	require.NoError(t, server.CreateDatabase(t.Context(), "ferry_template_"+fingerprint))

	var binaries [3]lazyServer
	var urls [3]string
	var all errgroup.Group
	for i := range binaries {
		all.Go(func() error {
			admin := server.URL("postgres")
			template, err := makeTemplate(t.Context(), admin)
			if err != nil {
				return err
			}
			binaries[i].admin, binaries[i].template = admin, template
			urls[i], _, err = binaries[i].clone(t.Context(), func(migrated string) string { return migrated })
			return err
		})
	}
	require.NoError(t, all.Wait())
	for _, databaseURL := range urls {
		require.NoError(t, migrations.Check(t.Context(), databaseURL))
	}
	require.Equal(t, 1, one[int](t, connect(t, server.URL("postgres")),
		`SELECT count(*) FROM pg_database WHERE datname LIKE 'ferry\_template\_%' AND datistemplate AND NOT datallowconn`))
}

func TestServerURLs(t *testing.T) {
	t.Parallel()
	got, err := withDatabase("postgresql://u:p%40@h:5/old?sslmode=disable", "new")
	require.NoError(t, err)
	require.Equal(t, "postgresql://u:p%40@h:5/new?sslmode=disable", got)
	for _, wrong := range []string{"host=h dbname=x", "", ":"} {
		_, err := withDatabase(wrong, "new")
		require.ErrorContains(t, err, "set it to postgres://", wrong)
	}
}
