package agent

import (
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/pgtest"
	"ferry/sql/pool"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

const (
	waitFor = 10 * time.Second
	tick    = 5 * time.Millisecond
)

// noon is the moment of the tests' requests, a Wednesday.
var noon = time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)

// date reads "2026-07-15".
func date(tb testing.TB, s string) time.Time {
	tb.Helper()
	d, err := time.Parse(time.DateOnly, s)
	require.NoError(tb, err)
	return d
}

// shop is a company whose data a test lays out row by row.
type shop struct {
	tb   testing.TB
	pool *pgxpool.Pool
	id   uuid.UUID
}

func newShop(tb testing.TB, p *pgxpool.Pool, name string) shop {
	tb.Helper()
	s := shop{tb: tb, pool: p}
	s.id = s.one(`INSERT INTO companies (name) VALUES ($1) RETURNING id`, name)
	return s
}

// one runs a statement that returns one id.
func (s shop) one(sql string, args ...any) uuid.UUID {
	s.tb.Helper()
	var id uuid.UUID
	require.NoError(s.tb, s.pool.QueryRow(s.tb.Context(), sql, args...).Scan(&id))
	return id
}

func (s shop) exec(sql string, args ...any) {
	s.tb.Helper()
	_, err := s.pool.Exec(s.tb.Context(), sql, args...)
	require.NoError(s.tb, err)
}

func (s shop) supplier(name string, leadTimeDays, minOrder any) uuid.UUID {
	s.tb.Helper()
	return s.one(`INSERT INTO suppliers (company_id, name, lead_time_days, min_order) VALUES ($1, $2, $3, $4) RETURNING id`,
		s.id, name, leadTimeDays, minOrder)
}

func (s shop) place(name string) uuid.UUID {
	s.tb.Helper()
	return s.one(`INSERT INTO locations (company_id, name) VALUES ($1, $2) RETURNING id`, s.id, name)
}

// item is a product to be; nil means NULL.
type item struct {
	name                                     string
	cost                                     any
	supplier, leadTime, reorderPoint, safety any
}

func (s shop) product(sku string, p item) uuid.UUID {
	s.tb.Helper()
	if p.name == "" {
		p.name = "The " + sku
	}
	return s.one(`INSERT INTO products (company_id, sku, name, unit_cost, supplier_id, lead_time_days, reorder_point, safety_stock, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '2026-01-01') RETURNING id`,
		s.id, sku, p.name, p.cost, p.supplier, p.leadTime, p.reorderPoint, p.safety)
}

func (s shop) stock(product, place uuid.UUID, quantity int) {
	s.tb.Helper()
	s.exec(`INSERT INTO stock (product_id, location_id, company_id, quantity, updated_at) VALUES ($1, $2, $3, $4, '2026-07-14 08:00Z')
		ON CONFLICT (product_id, location_id) DO UPDATE SET quantity = excluded.quantity`, product, place, s.id, quantity)
}

// sell stores sales of quantity units on each of the days from first to last.
func (s shop) sell(product, place uuid.UUID, first, last string, quantity int, price float64) {
	s.tb.Helper()
	s.exec(`INSERT INTO sales (company_id, product_id, location_id, sold_on, quantity, unit_price)
		SELECT $1, $2, $3, d::date, $6, $7 FROM generate_series($4::date, $5::date, interval '1 day') d`,
		s.id, product, place, date(s.tb, first), date(s.tb, last), quantity, price)
}

// order stores a purchase order with one line; expected and received may be "".
func (s shop) order(number string, supplier, product uuid.UUID, quantity int, cost any, ordered, expected, received string, status string) {
	s.tb.Helper()
	got := 0
	if status == "received" {
		got = quantity
	}
	id := s.one(`INSERT INTO purchase_orders (company_id, number, supplier_id, status, ordered_on, expected_on)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, '')::date) RETURNING id`, s.id, number, supplier, status, date(s.tb, ordered), expected)
	s.exec(`INSERT INTO purchase_order_lines (purchase_order_id, product_id, quantity, unit_cost, received_on, received_quantity)
		VALUES ($1, $2, $3, $4, NULLIF($5, '')::date, $6)`, id, product, quantity, cost, received, got)
}

// ask is a request of one of the company's viewers.
func (s shop) ask(intent nlp.Intent) Request {
	return Request{
		CompanyID: s.id, Currency: "GBP", Intent: intent, Now: noon,
		Profile: app.Profile{ID: uuid.New(), CompanyID: s.id, Role: app.RoleViewer},
	}
}

func (s shop) askStock(product uuid.UUID) Request {
	r := s.ask(nlp.CheckInventory)
	r.ProductID = &product
	return r
}

// registry starts the agents on a fresh database.
func registry(tb testing.TB) (Registry, *pgxpool.Pool) {
	tb.Helper()
	hot, wide := pools(tb)
	agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
	tb.Cleanup(stop)
	return agents, wide
}

// pools opens both pools on one fresh database.
func pools(tb testing.TB) (hot, wide *pgxpool.Pool) {
	tb.Helper()
	url := pgtest.DB(tb)
	hot, err := pool.OpenHot(tb.Context(), url, 4)
	require.NoError(tb, err)
	tb.Cleanup(hot.Close)
	wide, err = pool.Open(tb.Context(), url, 8)
	require.NoError(tb, err)
	tb.Cleanup(wide.Close)
	return hot, wide
}
