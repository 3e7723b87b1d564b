package agent

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/sql/queries"
)

// planner is a connection that explains each statement before it runs it.
type planner struct {
	tx    pgx.Tx
	plans map[string]string // by the statement's name
}

func (p *planner) explain(ctx context.Context, sql string, args []any) error {
	name, _, _ := strings.Cut(strings.TrimPrefix(sql, "-- name: "), " ")
	rows, err := p.tx.Query(ctx, "EXPLAIN "+sql, args...)
	if err != nil {
		return err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	p.plans[name] = strings.Join(lines, "\n")
	return err
}

func (p *planner) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := p.explain(ctx, sql, args); err != nil {
		return pgconn.CommandTag{}, err
	}
	return p.tx.Exec(ctx, sql, args...)
}

func (p *planner) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := p.explain(ctx, sql, args); err != nil {
		return nil, err
	}
	return p.tx.Query(ctx, sql, args...)
}

func (p *planner) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := p.explain(ctx, sql, args); err != nil {
		return failedRow{err}
	}
	return p.tx.QueryRow(ctx, sql, args...)
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// Look-ups go by index, key by key, on a database that has nothing in it and
// was never analysed: the plan that such a database gets may be kept.
func TestLookupsOfAYoungDatabase(t *testing.T) {
	t.Parallel()
	hot, _ := pools(t)
	tx, err := hot.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context()))) }()
	p := &planner{tx: tx, plans: map[string]string{}}
	q := queries.New(p)
	keys := make([]uuid.UUID, leastKeys)
	_, err = q.StockOfProducts(t.Context(), queries.StockOfProductsParams{Companies: keys, Products: keys, Locations: keys})
	require.NoError(t, err)
	days := make([]time.Time, len(keys))
	for i := range days {
		days[i] = noon
	}
	_, err = q.UsageOfProducts(t.Context(), queries.UsageOfProductsParams{Companies: keys, Products: keys, FirstOn: days, LastOn: days})
	require.NoError(t, err)
	_, err = q.SalesSpans(t.Context(), queries.SalesSpansParams{Companies: keys, Todays: days})
	require.NoError(t, err)
	require.Len(t, p.plans, 3)
	for name, plan := range p.plans {
		require.NotContains(t, plan, "Seq Scan", "%s:\n%s", name, plan)
		require.NotContains(t, plan, "Hash Join", "%s:\n%s", name, plan)
	}
	require.Contains(t, p.plans["StockOfProducts"], "Index Scan using products_pkey on products", p.plans["StockOfProducts"])
	require.Contains(t, p.plans["UsageOfProducts"], "sales_pkey", p.plans["UsageOfProducts"])
	require.Equal(t, 2, strings.Count(p.plans["SalesSpans"], "idx_sales_company_day"), p.plans["SalesSpans"])
}

// No statement reads the sales of all companies for the figures of one.
func TestNoStatementScansSales(t *testing.T) {
	t.Parallel()
	_, wide := pools(t)
	s := newShop(t, wide, "Shop")
	// Forty companies of ten products, each sold once a day for fifty days.
	s.exec(`
WITH c AS (INSERT INTO companies (name) SELECT 'Company ' || n FROM generate_series(1, 40) n RETURNING id),
l AS (INSERT INTO locations (company_id, name) SELECT id, 'Shop' FROM c RETURNING id, company_id),
p AS (INSERT INTO products (company_id, sku, name) SELECT c.id, 'SKU-' || n, 'Product' FROM c, generate_series(1, 10) n RETURNING id, company_id)
INSERT INTO sales (company_id, product_id, location_id, sold_on, quantity, unit_price)
SELECT p.company_id, p.id, l.id, DATE '2026-07-15' - n, 1, 1 FROM p JOIN l USING (company_id), generate_series(1, 50) n
ORDER BY p.company_id`)
	s.exec(`ANALYZE`)
	company := s.one(`SELECT id FROM companies WHERE name = 'Company 7'`)

	tx, err := wide.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context()))) }()
	p := &planner{tx: tx, plans: map[string]string{}}
	q := reportQuery{q: queries.New(p), r: Request{CompanyID: company, Now: noon}, today: date(t, "2026-07-15")}
	q.span = span{first: date(t, "2026-04-01"), last: q.today}
	for _, kind := range app.ReportTypes {
		result := app.ReportResult{Type: kind}
		require.NoError(t, q.fill(t.Context(), &result))
	}
	require.NoError(t, refreshAlerts(t.Context(), q.q, company, q.today))
	statements := []string{"SalesTotals", "Revenue", "ProfitTotals", "SalesSpans", "StockLevels"}
	for _, name := range statements {
		require.Contains(t, p.plans, name)
		require.Contains(t, p.plans[name], "sales", name)
	}
	for name, plan := range p.plans {
		require.NotContains(t, plan, "Seq Scan on sales", "%s:\n%s", name, plan)
	}
}
