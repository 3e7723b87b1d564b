package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/app/twilio/twiliotest"
	"ferry/sql/localpg"
	"ferry/sql/migrations"
	"ferry/sql/pool"
)

const (
	benchProducts = 50_000
	benchDatabase = "bench"
	benchPassword = "benchpassword"
)

func benchSKU(n int) string { return fmt.Sprintf("SKU-%05d", n) }

// benchWorld is a private Postgres with a company of 50,000 products in three
// places, and a fake Twilio.
type benchWorld struct {
	options benchOptions
	server  *localpg.Server
	pool    *pgxpool.Pool
	fake    *twiliotest.Fake
	sent    int // messages made so far: each has its own SID and the next person
}

func openBenchWorld(ctx context.Context, o benchOptions) (*benchWorld, error) {
	server, err := localpg.Start(ctx, localpg.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	w := &benchWorld{options: o, server: server}
	if err := w.fill(ctx); err != nil {
		w.close()
		return nil, err
	}
	// No status callbacks: the figures are about the way to Twilio.
	w.fake = twiliotest.New(twiliotest.Options{CountOnly: true, Steps: []twiliotest.Step{}})
	if err := w.fake.Start(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *benchWorld) url() string { return w.server.URL(benchDatabase) }

func (w *benchWorld) fill(ctx context.Context) error {
	if err := w.server.CreateDatabase(ctx, benchDatabase); err != nil {
		return err
	}
	if err := migrations.Up(ctx, w.url()); err != nil {
		return err
	}
	var err error
	if w.pool, err = pool.Open(ctx, w.url(), 4); err != nil {
		return err
	}
	for _, statement := range benchData {
		if _, err := w.pool.Exec(ctx, statement); err != nil {
			return fmt.Errorf("fill the benchmark's database: %w", err)
		}
	}
	return nil
}

// benchData makes the company: its catalogue, its people, and three months of
// sales of every tenth product.
var benchData = []string{
	`INSERT INTO companies (name, timezone) VALUES ('Bench', 'Europe/London')`,
	`INSERT INTO suppliers (company_id, name, lead_time_days) SELECT id, 'Supplier ' || n, 7 FROM companies, generate_series(1, 20) n`,
	`INSERT INTO products (company_id, sku, name, supplier_id, reorder_point)
	 SELECT c.id, 'SKU-' || lpad(n::text, 5, '0'), 'Product number ' || n || ' of the range', s.id, 20
	 FROM companies c, generate_series(0, 49999) n JOIN suppliers s ON s.name = 'Supplier ' || (n % 20 + 1)`,
	`INSERT INTO locations (company_id, name) SELECT id, unnest(ARRAY['Leeds', 'York', 'Hull']) FROM companies`,
	`INSERT INTO stock (product_id, location_id, company_id, quantity)
	 SELECT p.id, l.id, p.company_id, abs(hashtext(p.sku || l.name)) % 100 FROM products p, locations l`,
	`INSERT INTO sales (company_id, product_id, location_id, sold_on, quantity, unit_price)
	 SELECT p.company_id, p.id, l.id, current_date - d, 1 + (d % 3), 4.5
	 FROM products p, locations l, generate_series(1, 90) d WHERE p.sku LIKE '%0' AND l.name = 'Leeds'`,
	`INSERT INTO profiles (company_id, phone_number, persona, role)
	 SELECT c.id, '+44790' || lpad(n::text, 7, '0'),
	        (ARRAY['default', 'streamliner', 'navigator', 'hub', 'spring', 'processor'])[n % 6 + 1], 'operator'
	 FROM companies c, generate_series(0, 3999) n`,
	`CREATE TABLE ceiling_conversation (id bigserial PRIMARY KEY, sid text UNIQUE, phone text, body text, created_at timestamptz DEFAULT now())`,
	`CREATE INDEX ON ceiling_conversation (phone)`,
	`CREATE TABLE ceiling_job (id bigserial PRIMARY KEY, args jsonb, state text DEFAULT 'available', priority int DEFAULT 1, created_at timestamptz DEFAULT now())`,
	`CREATE INDEX ON ceiling_job (state, priority)`,
	`VACUUM ANALYZE`,
}

// reset empties what the runs fill, so that each starts on the same tables.
func (w *benchWorld) reset(ctx context.Context) error {
	for _, statement := range []string{
		`TRUNCATE whatsapp_conversations, agent_execution_queue, reply_parts, river_job, worker_processes, ceiling_conversation, ceiling_job`,
		`UPDATE contacts SET recent_inbound = '{}'`,
		`CHECKPOINT`,
	} {
		if _, err := w.pool.Exec(ctx, statement); err != nil {
			return fmt.Errorf("empty the tables: %w", err)
		}
	}
	return nil
}

func (w *benchWorld) close() {
	if w.fake != nil {
		w.fake.Close()
	}
	if w.pool != nil {
		w.pool.Close()
	}
	_ = w.server.Stop()
}

var errNoAnswer = errors.New("not every message was answered in time")
