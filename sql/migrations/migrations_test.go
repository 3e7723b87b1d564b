package migrations_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"ferry/sql/migrations"
	"ferry/sql/pgtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(pgtest.Main(m))
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

// objects lists what is in the database, each thing with its definition, but
// for golang-migrate's own table.
func objects(t *testing.T, databaseURL string) []string {
	t.Helper()
	const everything = `
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'),
tables AS (SELECT oid, relname, relkind, reloptions FROM pg_class WHERE relnamespace IN (TABLE ours) AND relname NOT LIKE 'schema\_migrations%')
SELECT 'relation ' || relname || ' ' || relkind::text || ' ' || COALESCE(reloptions::text, '') FROM tables
UNION ALL SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a JOIN tables c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index ' || pg_get_indexdef(oid) FROM tables WHERE relkind = 'i'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables)
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM tables) AND NOT tgisinternal
UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN (TABLE ours)
UNION ALL SELECT 'type ' || typname || ' ' || COALESCE((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), '')
  FROM pg_type t WHERE typnamespace IN (TABLE ours) AND typname NOT LIKE '%schema\_migrations'
UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE oid IN (TABLE ours) AND nspname <> 'public'
ORDER BY 1`
	rows, err := connect(t, databaseURL).Query(t.Context(), everything)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func version(t *testing.T, databaseURL string) (at uint, dirty bool) {
	t.Helper()
	at, dirty, err := migrations.Version(t.Context(), databaseURL)
	require.NoError(t, err)
	return at, dirty
}

func TestUpDownUp(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	ctx := t.Context()

	require.NoError(t, migrations.Up(ctx, databaseURL))
	first := objects(t, databaseURL)
	require.True(t, slices.ContainsFunc(first, func(s string) bool { return strings.HasPrefix(s, "relation whatsapp_conversations r") }))
	require.True(t, slices.ContainsFunc(first, func(s string) bool { return strings.HasPrefix(s, "relation river_job r") }))

	require.NoError(t, migrations.Down(ctx, databaseURL, -1))
	require.Empty(t, objects(t, databaseURL))
	at, dirty := version(t, databaseURL)
	require.Zero(t, at)
	require.False(t, dirty)

	require.NoError(t, migrations.Up(ctx, databaseURL))
	require.Equal(t, first, objects(t, databaseURL))
	require.NoError(t, migrations.Up(ctx, databaseURL), "up has nothing left to do")
}

// Each of our down files takes back exactly what its up file did. River's are
// left out: an enum value cannot be taken back, and River leaves one behind.
func TestEachStepIsTakenBack(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	ctx := t.Context()
	at := make(map[uint][]string)
	for v := uint(1); v <= migrations.Latest(); v++ {
		require.NoError(t, migrations.StepUp(ctx, databaseURL), v)
		at[v] = objects(t, databaseURL)
	}
	for v := migrations.Latest(); v >= migrations.FirstOwn; v-- {
		require.NoError(t, migrations.Down(ctx, databaseURL, 1), v)
		require.Equal(t, at[v-1], objects(t, databaseURL), "after down of %d", v)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	latest := migrations.Latest()
	tests := []struct {
		name string
		n    int
		want uint
	}{
		{"none", 0, latest},
		{"two", 2, latest - 2},
		{"more than there are", 1000, 0},
		{"all", -1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.DB(t)
			require.NoError(t, migrations.Down(t.Context(), databaseURL, tt.n))
			at, dirty := version(t, databaseURL)
			require.Equal(t, tt.want, at)
			require.False(t, dirty)
		})
	}
	t.Run("nothing was applied", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, migrations.Down(t.Context(), pgtest.Empty(t), 3))
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	latest := migrations.Latest()
	tests := []struct {
		name  string
		spoil string // changes a migrated database
		want  string // "" means that it passes
	}{
		{"as it should be", `SELECT 1`, ""},
		{"unmigrated", `DROP TABLE schema_migrations`, "the database is not migrated: run 'ferry migrate up'"},
		{"all taken back", `DELETE FROM schema_migrations`, "not migrated"},
		{
			"older", `UPDATE schema_migrations SET version = version - 1`,
			fmt.Sprintf("is at version %d, older than this ferry, which needs %d: run 'ferry migrate up'", latest-1, latest),
		},
		{
			"newer", `UPDATE schema_migrations SET version = version + 1`,
			fmt.Sprintf("is at version %d, newer than this ferry, which knows up to %d: run the newer ferry", latest+1, latest),
		},
		{
			"dirty", `UPDATE schema_migrations SET dirty = true`,
			fmt.Sprintf("version %d of the database is dirty, the migration to it failed: look at the tables, then 'ferry migrate force %d'", latest, latest-1),
		},
		{
			"dirty on the way up or down", `UPDATE schema_migrations SET dirty = true, version = version - 1`,
			fmt.Sprintf("'ferry migrate force %d' (or 'force %d' if it was 'down' that failed)", latest-2, latest),
		},
		{"dirty and newer", `UPDATE schema_migrations SET dirty = true, version = version + 1`, "newer than this ferry"},
		{"no version of ours", `UPDATE schema_migrations SET version = 0`, "which no ferry ever made"},
		{"River has moved on", `DELETE FROM river_migration WHERE version = 8`, "Unapplied migrations: [8]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.DB(t)
			execute(t, connect(t, databaseURL), tt.spoil)
			before := objects(t, databaseURL)
			err := migrations.Check(t.Context(), databaseURL)
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.want)
			}
			require.Equal(t, before, objects(t, databaseURL), "Check changes nothing")
		})
	}
}

// What Check refuses with advice other than "up" is refused by Up and Down too.
func TestMovesRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, spoil, want string }{
		{"newer", `UPDATE schema_migrations SET version = version + 1`, "newer than this ferry"},
		{"dirty", `UPDATE schema_migrations SET dirty = true`, "is dirty"},
		{"no version of ours", `UPDATE schema_migrations SET version = 0`, "which no ferry ever made"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.DB(t)
			execute(t, connect(t, databaseURL), tt.spoil)
			require.ErrorContains(t, migrations.Up(t.Context(), databaseURL), tt.want)
			require.ErrorContains(t, migrations.Down(t.Context(), databaseURL, 1), tt.want)
		})
	}
}

func TestForce(t *testing.T) {
	t.Parallel()
	latest := int(migrations.Latest())
	tests := []struct {
		name string
		v    int
		want string
	}{
		{"nothing applied", 0, ""},
		{"a version", 12, ""},
		{"the newest", latest, ""},
		{"too new", latest + 1, fmt.Sprintf("want 0 (nothing applied) to %d", latest)},
		{"below nothing", -1, "want 0 (nothing applied)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.DB(t)
			execute(t, connect(t, databaseURL), `UPDATE schema_migrations SET dirty = true`)
			err := migrations.Force(t.Context(), databaseURL, tt.v)
			at, dirty := version(t, databaseURL)
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				require.True(t, dirty)
				return
			}
			require.NoError(t, err)
			require.EqualValues(t, tt.v, at)
			require.False(t, dirty)
		})
	}
}

func TestFourAtOnce(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	var all errgroup.Group
	for range 4 {
		all.Go(func() error { return migrations.Up(t.Context(), databaseURL) })
	}
	require.NoError(t, all.Wait())
	require.NoError(t, migrations.Check(t.Context(), databaseURL))
}

// withLockTimeout makes a migration give up a lock soon.
func withLockTimeout(t *testing.T, databaseURL, milliseconds string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := u.Query()
	query.Set("lock_timeout", milliseconds)
	u.RawQuery = query.Encode()
	return u.String()
}

// A migration that stops while it waits for a lock can be tried again.
func TestCancelled(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	for range migrations.FirstOwn {
		require.NoError(t, migrations.StepUp(t.Context(), databaseURL))
	}
	holder, watcher := connect(t, databaseURL), connect(t, databaseURL)
	tx, err := holder.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `CREATE TABLE companies ()`) // what the next migration creates
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- migrations.Up(ctx, databaseURL) }()
	require.Eventually(t, func() bool {
		var waiting bool
		err := watcher.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'ferry migrate' AND wait_event_type = 'Lock')`).Scan(&waiting)
		return err == nil && waiting
	}, time.Minute, 10*time.Millisecond)
	cancel()
	require.NoError(t, tx.Rollback(t.Context()))

	require.ErrorIs(t, <-done, context.Canceled)
	at, dirty := version(t, databaseURL)
	require.EqualValues(t, migrations.FirstOwn+1, at, "the migration under way is finished")
	require.False(t, dirty)
	require.NoError(t, migrations.Up(t.Context(), databaseURL))
}

func TestURLs(t *testing.T) {
	t.Parallel()
	migrated := pgtest.DB(t)
	tests := []struct{ name, url, want string }{
		{"postgresql scheme", strings.Replace(migrated, "postgres://", "postgresql://", 1), ""},
		{"settings of a pool", migrated + "&pool_max_conns=7", ""},
		{"nonsense", "mysql://x", "read the database URL"},
		{"nobody listens", "postgres://u:geheim@127.0.0.1:1/x?sslmode=disable", "connect to the database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, call := range map[string]func() error{
				"Check": func() error { return migrations.Check(t.Context(), tt.url) },
				"Up":    func() error { return migrations.Up(t.Context(), tt.url) },
			} {
				err := call()
				if tt.want == "" {
					require.NoError(t, err, name)
					continue
				}
				require.ErrorContains(t, err, tt.want, name)
				require.NotContains(t, err.Error(), "geheim", name)
			}
		})
	}
}
