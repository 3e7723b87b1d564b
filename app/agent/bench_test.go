package agent

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

// largeCompany is a company of 50,000 products in four places, a million rows
// of sales over the last 90 days and six orders a product; one product in two
// has a reorder point of its own.
const largeCompany = `
WITH c AS (INSERT INTO companies (name) VALUES ('Large') RETURNING id),
s AS (INSERT INTO suppliers (company_id, name, lead_time_days, min_order)
      SELECT c.id, 'Supplier ' || n, 5 + n % 10, 10 FROM c, generate_series(1, 50) n RETURNING id, name),
l AS (INSERT INTO locations (company_id, name) SELECT c.id, 'Place ' || n FROM c, generate_series(1, 4) n RETURNING id, name),
p AS (INSERT INTO products (company_id, sku, name, unit_cost, unit_price, supplier_id, reorder_point)
      SELECT c.id, 'SKU-' || n, 'Product ' || n, n % 50 + 1, n % 50 * 1.5 + 2, s.id, CASE WHEN n % 2 = 0 THEN 40 END
      FROM c, generate_series(1, 50000) n JOIN s ON s.name = 'Supplier ' || (1 + n % 50) RETURNING id, sku, supplier_id),
st AS (INSERT INTO stock (product_id, location_id, company_id, quantity)
       SELECT p.id, l.id, c.id, (hashtext(p.sku || l.name) & 63) - 10 FROM p, l, c),
o AS (INSERT INTO purchase_orders (company_id, number, supplier_id, status, ordered_on, expected_on)
      SELECT c.id, 'PO-' || s.name || '-' || n, s.id, CASE WHEN n < 2 THEN 'ordered' ELSE 'received' END,
             DATE '2026-07-15' - n * 7, DATE '2026-07-15' - n * 7 + 10 FROM c, s, generate_series(1, 6) n
      RETURNING id, supplier_id, status),
ol AS (INSERT INTO purchase_order_lines (purchase_order_id, product_id, quantity, unit_cost, received_quantity)
       SELECT o.id, p.id, 50, 5, CASE WHEN o.status = 'received' THEN 50 ELSE 0 END FROM o JOIN p USING (supplier_id))
INSERT INTO sales (company_id, product_id, location_id, sold_on, quantity, unit_price)
SELECT c.id, p.id, l.id, DATE '2026-07-15' - n / 11112, 1 + n % 5, 9
FROM c, generate_series(0, 999999) n
JOIN p ON p.sku = 'SKU-' || (1 + (n::bigint * 7919) % 50000) JOIN l ON l.name = 'Place ' || (1 + n / 7 % 4)`

// BenchmarkLarge measures what the agents cost on a large company, which takes
// half a minute to make. An operation is one question, one refresh, one list of
// alerts or one report.
func BenchmarkLarge(b *testing.B) {
	hot, wide := pools(b)
	c := shop{tb: b, pool: wide}
	require.NoError(b, pgx.BeginFunc(b.Context(), wide, func(tx pgx.Tx) error {
		_, err := tx.Exec(b.Context(), `SET LOCAL statement_timeout = 0`)
		require.NoError(b, err)
		_, err = tx.Exec(b.Context(), largeCompany)
		return err
	}))
	c.exec(`VACUUM ANALYZE`)
	c.id = c.one(`SELECT id FROM companies`)
	var products []uuid.UUID
	require.NoError(b, wide.QueryRow(b.Context(), `SELECT array_agg(id ORDER BY hashtext(sku)) FROM products`).Scan(&products))

	for _, size := range []int{1, 30, 128} {
		b.Run(fmt.Sprintf("stock/batch of %d", size), func(b *testing.B) { benchmarkStock(b, hot, c.id, products[:1000], size, true) })
		b.Run(fmt.Sprintf("stock/batch of %d, usage new", size), func(b *testing.B) { benchmarkStock(b, hot, c.id, products[:1000], size, false) })
	}
	agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
	defer stop()
	b.Run("stock/64 at once", func(b *testing.B) { benchmarkTogether(b, agents, c, products[:1000]) })
	b.Run("alerts/first refresh", func(b *testing.B) { benchmarkRefresh(b, c, `DELETE FROM alerts`) })
	b.Run("alerts/refresh of 500 changes", func(b *testing.B) {
		benchmarkRefresh(b, c, `UPDATE stock SET quantity = quantity - 1 WHERE product_id IN (SELECT product_id FROM alerts LIMIT 500)`)
	})
	b.Run("alerts/fresh", func(b *testing.B) {
		for b.Loop() {
			_, err := agents[AlertGenerator](b.Context(), c.ask(nlp.ViewAlerts))
			require.NoError(b, err)
		}
	})
	for _, t := range app.ReportTypes {
		b.Run("report/"+string(t), func(b *testing.B) {
			for b.Loop() {
				_, err := agents[ReportGenerator](b.Context(), c.askReport(string(t), "2026-06-16", "2026-07-15"))
				require.NoError(b, err)
			}
		})
	}
}

// benchmarkStock asks in batches of one size, each about other products; with
// or without their usage in memory.
func benchmarkStock(b *testing.B, hot *pgxpool.Pool, company uuid.UUID, products []uuid.UUID, size int, known bool) {
	b.Helper()
	r := &stockReader{q: queries.New(hot), usages: newUsages(queries.New(hot))}
	questions := make([]stockQuestion, len(products))
	for i, p := range products {
		questions[i] = stockQuestion{key: stockKey{company: company, product: p}, day: latestDay(noon)}
	}
	if known {
		_, err := r.read(b.Context(), questions)
		require.NoError(b, err)
	}
	b.ResetTimer()
	for asked := 0; asked < b.N; asked += size {
		if !known {
			r.usages = newUsages(r.q)
		}
		from := asked % (len(questions) - size)
		facts, err := r.read(b.Context(), questions[from:from+size])
		require.NoError(b, err)
		require.Len(b, facts, size)
	}
}

// benchmarkTogether asks as 64 workers do.
func benchmarkTogether(b *testing.B, agents Registry, c shop, products []uuid.UUID) {
	b.Helper()
	const workers = 64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < b.N; i += workers {
				if _, err := agents[InventoryMonitor](b.Context(), c.askStock(products[i%len(products)])); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// benchmarkRefresh refreshes the alerts after a statement, which is not timed.
func benchmarkRefresh(b *testing.B, c shop, before string) {
	b.Helper()
	a := &alerts{pool: c.pool}
	for b.Loop() {
		b.StopTimer()
		c.exec(before)
		due(c)
		b.StartTimer()
		require.NoError(b, a.refresh(b.Context(), c.id, latestDay(noon)))
	}
}
