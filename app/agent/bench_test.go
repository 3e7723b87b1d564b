package agent

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/pgtest"
	"ferry/sql/pool"
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

// Benchmarks share one large company: making it takes half a minute.
func large(b *testing.B) (hot, wide *pgxpool.Pool, company uuid.UUID, products []uuid.UUID) {
	b.Helper()
	ctx := b.Context()
	url := pgtest.DB(b)
	wide, err := pool.Open(ctx, url, 4)
	require.NoError(b, err)
	b.Cleanup(wide.Close)
	hot, err = pool.OpenHot(ctx, url, 4)
	require.NoError(b, err)
	b.Cleanup(hot.Close)
	_, err = wide.Exec(ctx, `SET statement_timeout = 0`)
	require.NoError(b, err)
	_, err = wide.Exec(ctx, largeCompany)
	require.NoError(b, err)
	_, err = wide.Exec(ctx, `VACUUM ANALYZE`)
	require.NoError(b, err)
	require.NoError(b, wide.QueryRow(ctx, `SELECT id FROM companies`).Scan(&company))
	require.NoError(b, wide.QueryRow(ctx, `SELECT array_agg(id ORDER BY hashtext(sku)) FROM products`).Scan(&products))
	return hot, wide, company, products
}

var julyTheFifteenth = time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)

// BenchmarkLarge measures what the agents cost on a large company; an operation
// is one question, or one refresh.
func BenchmarkLarge(b *testing.B) {
	hot, wide, company, products := large(b)
	q := queries.New(hot)
	day := latestDay(julyTheFifteenth)
	question := func(n int) stockQuestion {
		return stockQuestion{key: stockKey{company: company, product: products[n%len(products)]}, day: day}
	}
	for _, size := range []int{1, 30, 128} {
		for _, warm := range []bool{true, false} {
			b.Run(name(size, warm), func(b *testing.B) {
				r := &stockReader{q: q, usages: newUsages(q)}
				n := 0
				for i := 0; i < b.N; i += size {
					batch := make([]stockQuestion, size)
					for j := range batch {
						batch[j] = question(n % 1000)
						if !warm {
							batch[j] = question(n)
						}
						n++
					}
					if warm && n <= 1000 || n > len(products) {
						b.StopTimer()
					}
					outcomes, err := r.answer(b.Context(), batch)
					require.NoError(b, err)
					require.True(b, outcomes[0].Value.found)
					b.StartTimer()
				}
			})
		}
	}
	b.Run("64 at once", func(b *testing.B) {
		agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
		defer stop()
		var wg sync.WaitGroup
		for w := range 64 {
			wg.Go(func() {
				for i := w; i < b.N; i += 64 {
					r := Request{
						CompanyID: company, Profile: app.Profile{CompanyID: company, Role: app.RoleViewer},
						Intent: nlp.CheckInventory, ProductID: &products[i%1000], Now: julyTheFifteenth,
					}
					if _, err := agents[InventoryMonitor](b.Context(), r); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
	a := &alerts{pool: wide}
	b.Run("refresh first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			forget(b, wide, `DELETE FROM alerts`)
			b.StartTimer()
			require.NoError(b, a.refresh(b.Context(), company, day))
		}
	})
	b.Run("refresh again", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			forget(b, wide, `UPDATE stock SET quantity = quantity + 1 WHERE product_id IN (SELECT id FROM products LIMIT 500)`)
			b.StartTimer()
			require.NoError(b, a.refresh(b.Context(), company, day))
		}
	})
	b.Run("alerts fresh", func(b *testing.B) {
		r := Request{CompanyID: company, Profile: app.Profile{CompanyID: company, Role: app.RoleViewer}, Intent: nlp.ViewAlerts, Now: julyTheFifteenth}
		for b.Loop() {
			_, err := a.run(b.Context(), r)
			require.NoError(b, err)
		}
	})
	for _, t := range app.ReportTypes {
		b.Run(string(t), func(b *testing.B) {
			r := Request{CompanyID: company, Profile: app.Profile{CompanyID: company, Role: app.RoleViewer}, Intent: nlp.GenerateReport, Now: julyTheFifteenth}
			r.Entities.ReportType = string(t)
			r.Entities.DateRange = &nlp.DateRange{Name: "last_30_days", Start: nlp.DateOf(julyTheFifteenth).AddDays(-29), End: nlp.DateOf(julyTheFifteenth)}
			for b.Loop() {
				_, err := (&reports{pool: wide}).run(b.Context(), r)
				require.NoError(b, err)
			}
		})
	}
}

func name(size int, warm bool) string {
	if warm {
		return "batch of " + itoa(size) + " usage known"
	}
	return "batch of " + itoa(size) + " usage new"
}

func itoa(n int) string { return map[int]string{1: "1", 30: "30", 128: "128"}[n] }

// forget makes the alerts due.
func forget(b *testing.B, p *pgxpool.Pool, statement string) {
	b.Helper()
	for _, s := range []string{statement, `UPDATE agents SET updated_at = created_at`} {
		_, err := p.Exec(context.Background(), s)
		require.NoError(b, err)
	}
}
