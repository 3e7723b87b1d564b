package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app"
	"ferry/app/agent"
	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
	"ferry/jobs"
	"ferry/sql/pgtest"
	"ferry/sql/pool"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(pgtest.Main(m), goleak.Cleanup(func(code int) { os.Exit(code) }))
}

// The people of the shop: ann and ben are registered, the stranger is not.
const (
	ann      = app.Address("whatsapp:+447700900001") // default persona, operator
	ben      = app.Address("whatsapp:+447700900002") // streamliner, viewer
	stranger = app.Address("whatsapp:+447700900099")
)

const shop = `
INSERT INTO companies (name, timezone) VALUES ('Shop', 'Europe/London');
INSERT INTO profiles (company_id, phone_number, name, role, persona)
SELECT id, '+447700900001', 'Ann', 'operator', 'default' FROM companies
UNION ALL SELECT id, '+447700900002', 'Ben', 'viewer', 'streamliner' FROM companies;
INSERT INTO suppliers (company_id, name, lead_time_days) SELECT id, 'Roasters', 5 FROM companies;
INSERT INTO products (company_id, sku, name, aliases, supplier_id, reorder_point)
SELECT c.id, 'COF-001', 'Decaf Colombia', '{decaf}', s.id, 20 FROM companies c, suppliers s;
INSERT INTO locations (company_id, name) SELECT id, unnest(ARRAY['Leeds', 'York']) FROM companies;
INSERT INTO stock (product_id, location_id, company_id, quantity)
SELECT p.id, l.id, p.company_id, CASE l.name WHEN 'Leeds' THEN 12 ELSE 30 END FROM products p, locations l;
`

// world is one test's ferry without a web server: a database with the shop, a
// fake Twilio, and as many inboxes and workers as the test starts.
type world struct {
	url  string
	db   *pgxpool.Pool // the test's own look at the tables
	fake *twiliotest.Fake
	base jobs.Base
	sids atomic.Int64
}

func setup(t *testing.T) *world {
	t.Helper()
	return setupOn(t, pgtest.DB(t))
}

func setupOn(t *testing.T, url string) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{url: url}
	var err error
	w.db, err = pool.Open(ctx, url, 4)
	require.NoError(t, err)
	t.Cleanup(w.db.Close)
	_, err = w.db.Exec(ctx, shop)
	require.NoError(t, err)
	w.fake = twiliotest.New(twiliotest.Options{})
	require.NoError(t, w.fake.Start())
	t.Cleanup(w.fake.Close)
	w.base = w.process(t)
	return w
}

// process is what one process of ferry has: a pool of its own.
func (w *world) process(t *testing.T) jobs.Base {
	t.Helper()
	hot, err := pool.OpenHot(context.Background(), w.url, 8)
	require.NoError(t, err)
	t.Cleanup(hot.Close)
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	client, err := jobs.NewInserter(hot, log)
	require.NoError(t, err)
	return jobs.Base{Pool: hot, River: client, Metrics: metrics.New(nil), Log: log}
}

func (w *world) inbox(t *testing.T, opts jobs.InboxOptions) *jobs.Inbox {
	t.Helper()
	base := w.process(t)
	directory := jobs.NewDirectory(base.Pool, base.Log)
	t.Cleanup(directory.Close)
	in := jobs.NewInbox(base, directory, opts)
	t.Cleanup(in.Close)
	return in
}

// work starts a worker process that sends through the fake; agents nil means
// the product's own.
func (w *world) work(t *testing.T, agents agent.Registry, change ...func(*jobs.WorkersConfig)) *jobs.Workers {
	t.Helper()
	base := w.process(t)
	if agents == nil {
		built, stop := agent.NewRegistry(agent.Config{Hot: base.Pool, Wide: w.db})
		t.Cleanup(stop)
		agents = built
	}
	sender := twilio.NewSender(twilio.SenderConfig{
		APIURL: w.fake.URL(), AccountSID: w.fake.AccountSID(), AuthToken: w.fake.AuthToken(), From: w.fake.Number(),
	})
	t.Cleanup(sender.Close)
	queue, err := pool.OpenRelaxed(context.Background(), w.url, 8)
	require.NoError(t, err)
	t.Cleanup(queue.Close)
	cfg := jobs.WorkersConfig{
		DatabaseURL: w.url, Queue: queue, Agents: agents, Sender: sender, StatusCallback: "http://127.0.0.1:9/status", AgentWorkers: 20, SendWorkers: 20,
	}
	for _, c := range change {
		c(&cfg)
	}
	workers, err := jobs.StartWorkers(context.Background(), base, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, workers.Stop(ctx))
	})
	return workers
}

// text is a message with a SID of its own.
func (w *world) text(from app.Address, body string) app.Message {
	return app.Message{
		SID: fmt.Sprintf("SM%032x", w.sids.Add(1)), From: from, Kind: app.KindText, Body: body, ReceivedAt: time.Now(),
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func (w *world) accept(t *testing.T, in *jobs.Inbox, m app.Message) app.Receipt {
	t.Helper()
	r, err := in.Accept(within(t, 12*time.Second), m)
	require.NoError(t, err)
	return r
}

// one reads a single value.
func one[T any](t *testing.T, w *world, sql string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, w.db.QueryRow(context.Background(), sql, args...).Scan(&v))
	return v
}

// await waits until a query that counts something gives want.
func await(t *testing.T, w *world, want int, sql string) {
	t.Helper()
	got := -1
	require.Eventuallyf(t, func() bool {
		got = one[int](t, w, sql)
		return got == want
	}, 20*time.Second, 10*time.Millisecond, "%s: want %d", sql, want)
}

// replies are the texts that the fake accepted for somebody, in order.
func (w *world) replies(to app.Address) []string {
	var bodies []string
	for _, m := range w.fake.Messages() {
		if m.To == string(to) {
			bodies = append(bodies, m.Body)
		}
	}
	return bodies
}
