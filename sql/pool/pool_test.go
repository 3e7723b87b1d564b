package pool_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/sql/pgtest"
	"ferry/sql/pool"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(pgtest.Main(m))
}

func setting(t *testing.T, p *pgxpool.Pool, name string) string {
	t.Helper()
	var value string
	require.NoError(t, p.QueryRow(t.Context(), `SELECT current_setting($1)`, name).Scan(&value))
	return value
}

func TestOpenSettings(t *testing.T) {
	t.Parallel()
	limits := map[string]string{
		"application_name": "ferry", "statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s",
	}
	tests := []struct {
		name string
		open func(context.Context, string, int32) (*pgxpool.Pool, error)
		want map[string]string
	}{
		{
			"normal", pool.Open,
			map[string]string{"enable_seqscan": "on", "enable_hashjoin": "on", "enable_mergejoin": "on", "jit": "on"},
		},
		{
			"hot", pool.OpenHot,
			map[string]string{"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := tt.open(t.Context(), pgtest.DB(t), 3)
			require.NoError(t, err)
			defer p.Close()
			require.EqualValues(t, 3, p.Config().MaxConns)
			require.LessOrEqual(t, p.Config().MaxConnIdleTime, 10*time.Minute)
			require.NotZero(t, p.Config().ConnConfig.ConnectTimeout)
			for _, want := range []map[string]string{limits, tt.want} {
				for name, value := range want {
					require.Equal(t, value, setting(t, p, name), name)
				}
			}
		})
	}
}

func TestURLWins(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.DB(t))
	require.NoError(t, err)
	query := u.Query()
	query.Set("statement_timeout", "1234")
	u.RawQuery = query.Encode()

	p, err := pool.OpenHot(t.Context(), u.String(), 1)
	require.NoError(t, err)
	defer p.Close()
	require.Equal(t, "1234ms", setting(t, p, "statement_timeout"))
	require.Equal(t, "10s", setting(t, p, "lock_timeout"))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url, want string }{
		{"no URL", "::", "read the database URL"},
		{"nobody listens", "postgres://u:geheim@127.0.0.1:1/x?sslmode=disable", "connect to the database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Open(t.Context(), tt.url, 1)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestUUID(t *testing.T) {
	t.Parallel()
	p := pgtest.Pool(t)
	ctx := t.Context()
	a, b := uuid.New(), uuid.New()
	_, err := p.Exec(ctx, `CREATE TABLE things (id uuid NOT NULL, parent uuid)`)
	require.NoError(t, err)
	// COPY takes the binary format only.
	_, err = p.CopyFrom(ctx, pgx.Identifier{"things"}, []string{"id", "parent"},
		pgx.CopyFromRows([][]any{{a, (*uuid.UUID)(nil)}, {b, &a}}))
	require.NoError(t, err)

	type thing struct {
		ID     uuid.UUID
		Parent *uuid.UUID
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		rows, err := p.Query(ctx, `SELECT id, parent FROM things WHERE id = $1 OR id = $2 ORDER BY parent NULLS FIRST`, mode, a, &b)
		require.NoError(t, err, mode)
		got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[thing])
		require.NoError(t, err, mode)
		require.Equal(t, []thing{{a, nil}, {b, &a}}, got, mode)
	}

	var ids []uuid.UUID
	var parents []*uuid.UUID
	require.NoError(t, p.QueryRow(ctx, `SELECT array_agg(id ORDER BY parent NULLS FIRST), array_agg(parent ORDER BY parent NULLS FIRST) FROM things WHERE id = ANY($1)`,
		[]uuid.UUID{b, a}).Scan(&ids, &parents))
	require.Equal(t, []uuid.UUID{a, b}, ids)
	require.Equal(t, []*uuid.UUID{nil, &a}, parents)

	var text string
	require.NoError(t, p.QueryRow(ctx, `SELECT id FROM things WHERE id = $1`, a.String()).Scan(&text))
	require.Equal(t, a.String(), text)

	var id uuid.UUID
	require.ErrorContains(t, p.QueryRow(ctx, `SELECT NULL::uuid`).Scan(&id), "NULL needs *uuid.UUID")
}
