package agent

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

func showAlerts(t *testing.T, agents Registry, r Request) app.AlertsResult {
	t.Helper()
	result, err := agents[AlertGenerator](t.Context(), r)
	require.NoError(t, err)
	require.IsType(t, app.AlertsResult{}, result)
	return result.(app.AlertsResult)
}

// due makes the alerts of all companies old enough to be refreshed.
func due(s shop) {
	s.tb.Helper()
	s.exec(`UPDATE agents SET updated_at = clock_timestamp() - interval '11 seconds' WHERE type = 'alert_generator'`)
}

// line is an alert in one line: "1 critical out_of_stock A-1 0/10".
func line(a app.Alert) string {
	return fmt.Sprintf("%d %s %s %s %d/%d", a.Number, a.Severity, a.Category, a.Product.SKU, a.Quantity, a.ReorderPoint)
}

func lines(alerts []app.Alert) []string {
	out := []string{}
	for _, a := range alerts {
		out = append(out, line(a))
	}
	return out
}

// troubled is a shop with one product in each condition, and some in none.
func troubled(s shop) map[string]uuid.UUID {
	s.tb.Helper()
	leeds, york := s.place("Leeds"), s.place("York")
	beans := s.supplier("Beans Ltd", 7, nil)
	p := map[string]uuid.UUID{
		"OUT-SELLING": s.product("OUT-SELLING", item{reorderPoint: 10}),
		"OUT-UNSOLD":  s.product("OUT-UNSOLD", item{reorderPoint: 10}),
		"UNDER-HALF":  s.product("UNDER-HALF", item{reorderPoint: 10}),
		"UNDER":       s.product("UNDER", item{reorderPoint: 10}),
		"AT":          s.product("AT", item{reorderPoint: 10}),
		"COMPUTED":    s.product("COMPUTED", item{supplier: beans, safety: 3}), // 7 × 1 + 3
		"PLENTY":      s.product("PLENTY", item{supplier: beans, safety: 3}),
		"UNKNOWN":     s.product("UNKNOWN", item{supplier: beans}),
	}
	for sku, quantity := range map[string]int{
		"OUT-SELLING": 0, "OUT-UNSOLD": 0, "UNDER-HALF": 4, "UNDER": 5, "AT": 10, "COMPUTED": 9, "PLENTY": 10,
	} {
		s.stock(p[sku], leeds, quantity/2)
		s.stock(p[sku], york, quantity-quantity/2)
	}
	for _, sku := range []string{"OUT-SELLING", "COMPUTED", "PLENTY"} {
		s.sell(p[sku], leeds, "2026-07-05", "2026-07-14", 1, 1)
	}
	return p
}

func TestViewAlerts(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	products := troubled(s)
	s.exec(`INSERT INTO agents (company_id, type) VALUES ($1, 'alert_generator')`, s.id) // as an import does, just now

	got := showAlerts(t, agents, s.ask(nlp.ViewAlerts))
	require.Equal(t, []string{
		"1 critical out_of_stock OUT-SELLING 0/10",
		"2 high low_stock UNDER-HALF 4/10",
		"3 medium low_stock COMPUTED 9/10",
		"4 medium low_stock UNDER 5/10",
		"5 low out_of_stock OUT-UNSOLD 0/10",
	}, lines(got.Alerts))
	require.Equal(t, 5, got.Count)
	require.Equal(t, map[app.Severity]int{
		app.SeverityCritical: 1, app.SeverityHigh: 1, app.SeverityMedium: 2, app.SeverityLow: 1,
	}, got.Counts)
	require.Equal(t, noon, got.At)
	for _, a := range got.Alerts {
		require.NotEqual(t, uuid.Nil, a.ID)
		require.Equal(t, "The "+a.Product.SKU, a.Product.Name)
		require.Empty(t, a.Location)
		require.False(t, a.RaisedAt.IsZero())
		// The alert says what "how many do we have?" says.
		stock := checkStock(t, agents, s.askStock(products[a.Product.SKU]))
		require.Equal(t, stock.Total, a.Quantity)
		require.Equal(t, stock.ReorderPoint, a.ReorderPoint)
	}
}

func TestAlertFilters(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	troubled(s)
	for _, tc := range []struct {
		name, severity, category string
		want                     []int // numbers
		shown                    string
	}{
		{"none", "", "", []int{1, 2, 3, 4, 5}, ""},
		{"one severity", "medium", "", []int{3, 4}, ""},
		{"one category", "", "low stock", []int{2, 3, 4}, categoryLow},
		{"in other words", "", "Out-of-Stock", []int{1, 5}, categoryOut},
		{"stock in general", "", "inventory", []int{1, 2, 3, 4, 5}, ""},
		{"both", "critical", "out of stock", []int{1}, categoryOut},
		{"nothing of both", "critical", "low stock", nil, categoryLow},
		{"what there are no alerts about", "", "late delivery", nil, "late_delivery"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := s.ask(nlp.ViewAlerts)
			r.Entities.Severity, r.Entities.Category = tc.severity, tc.category
			got := showAlerts(t, agents, r)
			var numbers []int
			for _, a := range got.Alerts {
				numbers = append(numbers, a.Number)
			}
			require.Equal(t, tc.want, numbers)
			require.Equal(t, len(tc.want), got.Count)
			require.Equal(t, tc.shown, got.Category)
			require.Equal(t, app.Severity(tc.severity), got.Severity)
			sum := 0
			for _, n := range got.Counts {
				sum += n
			}
			require.Equal(t, got.Count, sum)
		})
	}
	r := s.ask(nlp.ViewAlerts)
	r.Entities.Severity = "urgent"
	_, err := agents[AlertGenerator](t.Context(), r)
	require.Equal(t, app.Invalid, app.KindOf(err))
}

// The life of alerts: refreshed in place, resolved when the cause has gone,
// raised anew under a new number, and never more often than every ten seconds.
func TestAlertsFollowTheStock(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	a, b := s.product("A", item{reorderPoint: 10}), s.product("B", item{reorderPoint: 10})
	s.stock(a, place, 9)
	s.stock(b, place, 9)
	now := func() []string { return lines(showAlerts(t, agents, s.ask(nlp.ViewAlerts)).Alerts) }
	status := func(number int) string {
		var st string
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT status FROM alerts WHERE company_id = $1 AND number = $2`, s.id, number).Scan(&st))
		return st
	}
	require.Equal(t, []string{"1 medium low_stock A 9/10", "2 medium low_stock B 9/10"}, now())

	s.stock(a, place, 3)
	require.Equal(t, []string{"1 medium low_stock A 9/10", "2 medium low_stock B 9/10"}, now(), "looked at a moment ago")
	due(s)
	require.Equal(t, []string{"1 high low_stock A 3/10", "2 medium low_stock B 9/10"}, now(), "same alert, new figures")

	s.exec(`UPDATE alerts SET status = 'acknowledged' WHERE number = 1`)
	s.stock(a, place, 2)
	due(s)
	require.Equal(t, []string{"2 medium low_stock B 9/10"}, now(), "what is acknowledged is not shown")
	require.Equal(t, "acknowledged", status(1))

	s.stock(a, place, 0)
	due(s)
	require.Equal(t, []string{"2 medium low_stock B 9/10", "3 low out_of_stock A 0/10"}, now(), "it calls again")
	require.Equal(t, "resolved", status(1))

	s.stock(a, place, 10)
	s.stock(b, place, 11)
	due(s)
	require.Empty(t, now())
	require.Equal(t, "resolved", status(2))
	require.Equal(t, "resolved", status(3))

	s.stock(b, place, 1)
	due(s)
	require.Equal(t, []string{"4 high low_stock B 1/10"}, now(), "numbers are not used twice")

	s.exec(`DELETE FROM products WHERE sku = 'B'`)
	due(s)
	require.Empty(t, now())
}

// Alerts that did not change are not written again.
func TestRefreshWritesOnlyChanges(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	troubled(s)
	before := showAlerts(t, agents, s.ask(nlp.ViewAlerts))
	versions := func() (xmins []uint32) {
		rows, err := pool.Query(t.Context(), `SELECT xmin FROM alerts ORDER BY number`)
		require.NoError(t, err)
		xmins, err = pgx.CollectRows(rows, pgx.RowTo[uint32])
		require.NoError(t, err)
		return xmins
	}
	was := versions()
	due(s)
	require.Equal(t, before.Alerts, showAlerts(t, agents, s.ask(nlp.ViewAlerts)).Alerts)
	require.Equal(t, was, versions())
}

// A stopped agent raises nothing; what it had raised is still shown.
func TestStoppedAlertGenerator(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	a := s.product("A", item{reorderPoint: 10})
	s.stock(a, place, 9)
	require.Len(t, showAlerts(t, agents, s.ask(nlp.ViewAlerts)).Alerts, 1)
	s.exec(`UPDATE agents SET status = 'stopped'`)
	s.stock(s.product("B", item{reorderPoint: 10}), place, 9)
	due(s)
	require.Equal(t, []string{"1 medium low_stock A 9/10"}, lines(showAlerts(t, agents, s.ask(nlp.ViewAlerts)).Alerts))
}

func TestAlertsOfAnotherCompany(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	ours, theirs := newShop(t, pool, "Ours"), newShop(t, pool, "Theirs")
	troubled(ours)
	place := theirs.place("Leeds")
	theirs.stock(theirs.product("UNDER", item{reorderPoint: 10}), place, 6)

	require.Equal(t, []string{"1 medium low_stock UNDER 6/10"}, lines(showAlerts(t, agents, theirs.ask(nlp.ViewAlerts)).Alerts))
	require.Equal(t, 5, showAlerts(t, agents, ours.ask(nlp.ViewAlerts)).Count, "numbered from 1 again")

	r := theirs.ask(nlp.ViewAlerts)
	r.Profile.CompanyID = ours.id
	_, err := agents[AlertGenerator](t.Context(), r)
	require.Equal(t, app.Forbidden, app.KindOf(err))
}

// Twenty people look at once, on two processes: one refresh, no alert twice, no
// number skipped, and everybody sees them.
func TestAlertsAtOnce(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	s := newShop(t, wide, "Shop")
	place := s.place("Shop")
	const products = 200
	for n := range products {
		s.stock(s.product(fmt.Sprintf("SKU-%03d", n), item{reorderPoint: 10}), place, n%10)
	}
	const people = 20
	got := make([]app.AlertsResult, people)
	errs := make([]error, people)
	var wg sync.WaitGroup
	for i := range 2 {
		agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
		defer stop()
		for k := i; k < people; k += 2 {
			wg.Go(func() {
				result, err := agents[AlertGenerator](t.Context(), s.ask(nlp.ViewAlerts))
				got[k], _ = result.(app.AlertsResult)
				errs[k] = err
			})
		}
	}
	wg.Wait()
	for k := range people {
		require.NoError(t, errs[k])
		require.Equal(t, products, got[k].Count)
		require.Len(t, got[k].Alerts, 10)
	}
	var rows, numbers, highest, refreshes int
	require.NoError(t, wide.QueryRow(t.Context(),
		`SELECT count(*), count(DISTINCT number), max(number), count(DISTINCT raised_at) FROM alerts`).Scan(&rows, &numbers, &highest, &refreshes))
	require.Equal(t, []int{products, products, products, 1}, []int{rows, numbers, highest, refreshes})
}

// A refresh is due once in ten seconds, whoever asks first.
func TestClaimRefresh(t *testing.T) {
	t.Parallel()
	_, wide := pools(t)
	s := newShop(t, wide, "Shop")
	claims := func(patient bool) (claimed bool) {
		require.NoError(t, pgx.BeginFunc(t.Context(), wide, func(tx pgx.Tx) (err error) {
			claimed, err = claimRefresh(t.Context(), queries.New(tx), s.id, patient)
			return err
		}))
		return claimed
	}
	require.True(t, claims(true), "the company has no agents yet")
	require.False(t, claims(true))
	due(s)
	require.True(t, claims(false))
	require.False(t, claims(false))
	s.exec(`UPDATE agents SET updated_at = created_at`)
	require.True(t, claims(true), "agents that were only made")
	s.exec(`UPDATE agents SET updated_at = clock_timestamp() + interval '1 hour'`)
	require.True(t, claims(true), "a clock that was set back")
	due(s)
	s.exec(`UPDATE agents SET status = 'stopped'`)
	require.False(t, claims(true))
}

// While somebody else refreshes, alerts that are not very old are listed
// without waiting; older ones are waited for.
func TestRefreshGivesWay(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	a := s.product("A", item{reorderPoint: 10})
	s.stock(a, place, 9)
	showAlerts(t, agents, s.ask(nlp.ViewAlerts))
	s.stock(a, place, 1)
	due(s)

	other, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = other.Rollback(context.WithoutCancel(t.Context())) }() // for a test that ends early
	require.NoError(t, queries.New(other).LockAlerts(t.Context(), s.id.String()))
	require.Equal(t, []string{"1 medium low_stock A 9/10"}, lines(showAlerts(t, agents, s.ask(nlp.ViewAlerts)).Alerts))

	s.exec(`UPDATE agents SET updated_at = clock_timestamp() - interval '2 minutes'`)
	waiting := make(chan []string, 1)
	go func() { // the assertion is made on the test's goroutine
		result, _ := agents[AlertGenerator](t.Context(), s.ask(nlp.ViewAlerts))
		alerts, _ := result.(app.AlertsResult)
		waiting <- lines(alerts.Alerts)
	}()
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, pool.QueryRow(t.Context(),
			`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n))
		return n == 1
	}, waitFor, tick)
	require.NoError(t, other.Rollback(t.Context()))
	require.Equal(t, []string{"1 high low_stock A 1/10"}, <-waiting)
}
