package agent

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

// roastery is a company with one product that sells ten a day, all worked out
// by hand in the tests below.
func roastery(t *testing.T, s shop) (coffee, leeds, york uuid.UUID) {
	t.Helper()
	leeds, york = s.place("Leeds"), s.place("York")
	norwich := s.place("Norwich")
	s.place("Attic") // neither holds nor sells anything
	beans := s.supplier("Beans Ltd", 7, 100)
	coffee = s.product("COF-1", item{name: "House Blend", supplier: beans, safety: 20})
	s.stock(coffee, norwich, 60)
	s.stock(coffee, leeds, 40)
	s.exec(`UPDATE stock SET updated_at = '2026-07-14 17:30Z' WHERE location_id = $1`, leeds)
	// The 90 days up to the newest sale. York sells and holds nothing.
	s.sell(coffee, leeds, "2026-04-16", "2026-07-14", 6, 9)
	s.sell(coffee, norwich, "2026-04-16", "2026-07-14", 2, 9)
	s.sell(coffee, norwich, "2026-04-16", "2026-07-14", 1, 8) // at another price
	s.sell(coffee, york, "2026-04-16", "2026-07-14", 1, 9)
	s.sell(coffee, york, "2026-04-15", "2026-04-15", 1000, 9) // a day too old
	s.sell(coffee, york, "2026-08-01", "2026-08-01", 1000, 9) // not yet
	s.order("PO-1", beans, coffee, 300, 5, "2026-06-01", "2026-06-08", "2026-06-09", "received")
	s.order("PO-0", beans, coffee, 200, 5, "2026-05-01", "2026-05-08", "2026-05-09", "received")
	s.order("PO-2", beans, coffee, 400, 5, "2026-07-10", "", "", "draft")
	s.order("PO-3", beans, coffee, 500, 5, "2026-07-11", "", "", "cancelled")
	return coffee, leeds, york
}

func checkStock(t *testing.T, agents Registry, r Request) app.StockResult {
	t.Helper()
	result, err := agents[InventoryMonitor](t.Context(), r)
	require.NoError(t, err)
	require.IsType(t, app.StockResult{}, result)
	return result.(app.StockResult)
}

func TestCheckInventory(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Roastery")
	coffee, _, _ := roastery(t, s)

	got := checkStock(t, agents, s.askStock(coffee))
	require.Positive(t, got.QueryTime)
	got.QueryTime = 0
	eight, halfPastFive := time.Date(2026, 7, 14, 8, 0, 0, 0, time.UTC), time.Date(2026, 7, 14, 17, 30, 0, 0, time.UTC)
	expected, received := date(t, "2026-06-08"), date(t, "2026-06-09")
	require.Equal(t, app.StockResult{
		Product:  app.ProductRef{SKU: "COF-1", Name: "House Blend"},
		Quantity: 100,
		// Ten a day for seven days, and twenty in reserve: 90, shared 6 to 3 to 1.
		Places: []app.PlaceStock{
			{Location: "Leeds", Quantity: 40, ReorderPoint: 54, UpdatedAt: halfPastFive},
			{Location: "Norwich", Quantity: 60, ReorderPoint: 27, UpdatedAt: eight},
			{Location: "York", Quantity: 0, ReorderPoint: 9},
		},
		Total:        100,
		ReorderPoint: 90,
		SafetyStock:  20,
		LeadTimeDays: 7,
		DailyUsage:   10,
		UsageDays:    90,
		CoverageDays: new(10),
		LastReorder: &app.LastReorder{
			Number: "PO-1", Supplier: "Beans Ltd", OrderedOn: date(t, "2026-06-01"), Quantity: 300,
			ExpectedOn: &expected, ReceivedOn: &received,
		},
		Advice: []app.Advice{
			{Kind: app.AdviceMove, Quantity: 14, From: "Norwich", To: "Leeds"},
			{Kind: app.AdviceMove, Quantity: 9, From: "Norwich", To: "York"},
		},
		UpdatedAt: halfPastFive,
		At:        noon,
	}, inUTC(got))
	require.False(t, got.Low())
}

// inUTC undoes the zone that pgx gives to times: they are compared as instants.
func inUTC(r app.StockResult) app.StockResult {
	r.UpdatedAt = r.UpdatedAt.UTC()
	for i := range r.Places {
		if !r.Places[i].UpdatedAt.IsZero() {
			r.Places[i].UpdatedAt = r.Places[i].UpdatedAt.UTC()
		}
	}
	return r
}

func TestCheckInventoryAtAPlace(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Roastery")
	coffee, leeds, york := roastery(t, s)
	attic := s.one(`SELECT id FROM locations WHERE name = 'Attic'`)

	for _, tc := range []struct {
		name     string
		place    Location
		quantity int
		changed  string
	}{
		{"that holds it", Location{leeds, "leeds"}, 40, "2026-07-14T17:30:00Z"},
		{"that only sells it", Location{york, "york"}, 0, "2026-07-14T17:30:00Z"},
		{"that has nothing of it", Location{attic, "attic"}, 0, "2026-07-14T17:30:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := s.askStock(coffee)
			r.Location = &tc.place
			got := checkStock(t, agents, r)
			require.Equal(t, tc.quantity, got.Quantity)
			require.Equal(t, 100, got.Total)
			require.Len(t, got.Places, 3)
			require.NotEqual(t, tc.place.Name, got.Location, "the place's own name, not the caller's")
			require.Equal(t, tc.changed, got.UpdatedAt.UTC().Format(time.RFC3339))
		})
	}
}

func TestReorderPointOfTheCompany(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	beans, other := s.supplier("Beans Ltd", 7, 40), s.supplier("Other Ltd", nil, nil)
	given := s.product("GIVEN", item{supplier: beans, leadTime: 3, reorderPoint: 25})
	computed := s.product("COMPUTED", item{supplier: beans, leadTime: 3})
	bare := s.product("BARE", item{})
	for _, p := range []uuid.UUID{given, computed, bare} {
		s.stock(p, place, 20)
		s.sell(p, place, "2026-07-01", "2026-07-10", 2, 1) // ten days of data: two a day
	}
	s.order("PO-1", other, bare, 10, nil, "2026-07-01", "", "", "ordered")
	s.order("PO-2", beans, given, 12, nil, "2026-07-01", "2026-07-20", "", "ordered")
	s.order("PO-3", other, given, 8, nil, "2026-07-02", "2026-07-18", "", "ordered")

	got := checkStock(t, agents, s.askStock(given))
	require.Equal(t, 25, got.ReorderPoint)
	require.True(t, got.ReorderGiven)
	require.True(t, got.Low())
	require.Equal(t, 3, got.LeadTimeDays, "the product's own before the supplier's")
	require.Equal(t, 10, got.UsageDays)
	require.InDelta(t, 2.0, got.DailyUsage, 0)
	require.Equal(t, 10, *got.CoverageDays)
	require.Equal(t, "PO-3", got.LastReorder.Number)
	require.Nil(t, got.LastReorder.ReceivedOn)
	first := date(t, "2026-07-18")
	require.Equal(t, []app.Advice{{Kind: app.AdviceAwait, Quantity: 20, Supplier: "Other Ltd", On: &first}}, got.Advice,
		"both open orders, and the first of them to come")

	got = checkStock(t, agents, s.askStock(computed))
	require.Equal(t, 6+5, got.ReorderPoint, "2 × 3, and 1.645 × √6 = 4.03 in reserve")
	require.False(t, got.ReorderGiven)
	require.Equal(t, []app.Advice{{Kind: app.AdviceHealthy}}, got.Advice)
	require.Nil(t, got.LastReorder)

	s.stock(computed, place, 11)
	got = checkStock(t, agents, s.askStock(computed))
	require.Equal(t, 11, got.Total, "the quantity is read afresh each time")
	require.Equal(t, []app.Advice{{Kind: app.AdviceReorder, Quantity: 11 + 60 - 11, Supplier: "Beans Ltd"}}, got.Advice)

	s.stock(bare, place, 0)
	got = checkStock(t, agents, s.askStock(bare))
	require.Zero(t, got.ReorderPoint, "without a lead time nothing can be computed")
	require.Equal(t, []app.Advice{{Kind: app.AdviceAwait, Quantity: 10, Supplier: "Other Ltd"}}, got.Advice)
	s.exec(`UPDATE purchase_order_lines SET received_quantity = 10 WHERE product_id = $1`, bare)
	got = checkStock(t, agents, s.askStock(bare))
	require.Equal(t, []app.Advice{{Kind: app.AdviceReorder, Quantity: 60, Supplier: "Other Ltd"}}, got.Advice,
		"from whoever it was last ordered from")
}

// Without sales the reorder point is shared as the stock is: what nobody buys
// need not be moved.
func TestSharesWithoutSales(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	leeds, york := s.place("Leeds"), s.place("York")
	s.sell(s.product("SOLD", item{}), york, "2026-07-01", "2026-07-10", 1, 1)
	product := s.product("UNSOLD", item{reorderPoint: 10})
	s.stock(product, leeds, 12)
	s.stock(product, york, 0)
	got := checkStock(t, agents, s.askStock(product))
	require.Equal(t, []int{10, 0}, []int{got.Places[0].ReorderPoint, got.Places[1].ReorderPoint})
	require.Equal(t, []app.Advice{{Kind: app.AdviceSlowMover}}, got.Advice)
	require.Equal(t, 10, got.UsageDays)
	require.Zero(t, got.DailyUsage)
}

func TestCheckInventoryOfAnEmptyProduct(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	product := s.product("NEW-1", item{})
	got := checkStock(t, agents, s.askStock(product))
	require.Zero(t, got.Total)
	require.Empty(t, got.Places)
	require.Nil(t, got.CoverageDays)
	require.Nil(t, got.LastReorder)
	require.Zero(t, got.UsageDays)
	require.Equal(t, date(t, "2026-01-01"), got.UpdatedAt.UTC(), "the product's own date")
	packed, err := json.Marshal(got)
	require.NoError(t, err)
	require.Contains(t, string(packed), `"places":[],`)
	require.Contains(t, string(packed), `"advice":[],`)
}

// The same SKU in two companies, told apart by the ids and by nothing else; and
// all of it in one batch.
func TestCompaniesAreApart(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	ours, theirs := newShop(t, pool, "Ours"), newShop(t, pool, "Theirs")
	coffee, leeds, _ := roastery(t, ours)
	theirPlace := theirs.place("Leeds")
	theirCoffee := theirs.product("COF-1", item{name: "Their Blend"})
	theirs.stock(theirCoffee, theirPlace, 7)

	require.Equal(t, 7, checkStock(t, agents, theirs.askStock(theirCoffee)).Total)
	require.Equal(t, 100, checkStock(t, agents, ours.askStock(coffee)).Total)

	absent := uuid.New()
	foreignPlace := theirs.askStock(theirCoffee)
	foreignPlace.Location = &Location{leeds, "Leeds"}
	for _, tc := range []struct {
		name    string
		request Request
		kind    app.Kind
	}{
		{"another's product", theirs.askStock(coffee), app.NotFound},
		{"no product at all", theirs.askStock(absent), app.NotFound},
		{"another's place", foreignPlace, app.NotFound},
		{"another's person", func() Request {
			r := theirs.askStock(theirCoffee)
			r.Profile.CompanyID = ours.id
			return r
		}(), app.Forbidden},
		{"nobody", func() Request {
			r := theirs.askStock(theirCoffee)
			r.Profile.Role = ""
			return r
		}(), app.Forbidden},
		{"nothing named", theirs.ask(nlp.CheckInventory), app.Invalid},
		{"an intent of another agent", func() Request {
			r := theirs.askStock(theirCoffee)
			r.Intent = nlp.ViewAlerts
			return r
		}(), app.Internal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, err := agents[InventoryMonitor](t.Context(), tc.request)
			require.Nil(t, result)
			require.Equal(t, tc.kind, app.KindOf(err))
			if tc.kind == app.Forbidden {
				require.Equal(t, app.TextPermission, app.ReplyOf(err))
			}
		})
	}
}

// A product that two companies ask about in one batch is still one company's.
func TestOneBatchOfTwoCompanies(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	ours, theirs := newShop(t, wide, "Ours"), newShop(t, wide, "Theirs")
	product, place := ours.product("A-1", item{}), ours.place("Shop")
	q := queries.New(hot)
	r := &stockReader{q: q, usages: newUsages(q)}
	keys := []stockKey{
		{company: theirs.id, product: product},
		{company: ours.id, product: product},
		{company: ours.id, product: product, location: place},
		{company: ours.id, product: product},
		{company: uuid.Nil, product: uuid.Nil}, // what fills a short batch up
	}
	questions := make([]stockQuestion, len(keys))
	for i, k := range keys {
		questions[i] = stockQuestion{key: k, day: noon}
	}
	outcomes, err := r.answer(t.Context(), questions)
	require.NoError(t, err)
	found := make([]bool, len(keys))
	places := make([]string, len(keys))
	for i, o := range outcomes {
		require.NoError(t, o.Err)
		if found[i] = o.Value.found; found[i] {
			places[i] = o.Value.row.Location
		}
	}
	require.Equal(t, []bool{false, true, true, true, false}, found)
	require.Equal(t, []string{"", "", "Shop", "", ""}, places)
}

// Many people at once share statements and still get their own answers.
func TestQuestionsAtOnce(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	var mu sync.Mutex
	batches, asked := 0, 0
	agents, stop := NewRegistry(Config{Hot: hot, Wide: wide, ObserveReads: func(n int, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		batches++
		asked += n
	}})
	defer stop()
	shops := []shop{newShop(t, wide, "One"), newShop(t, wide, "Two")}
	products := make([][]uuid.UUID, len(shops))
	for i, s := range shops {
		place := s.place("Shop")
		for n := range 10 {
			p := s.product("SKU-"+string(rune('0'+n)), item{})
			s.stock(p, place, 100*i+n)
			s.sell(p, place, "2026-07-05", "2026-07-14", n, 1)
			products[i] = append(products[i], p)
		}
	}
	const people = 64
	var wg sync.WaitGroup
	errs := make([]error, people)
	got := make([]app.StockResult, people)
	for k := range people {
		wg.Go(func() {
			for range 5 {
				i, n := k%2, k%10
				result, err := agents[InventoryMonitor](t.Context(), shops[i].askStock(products[i][n]))
				if err != nil {
					errs[k] = err
					return
				}
				got[k], _ = result.(app.StockResult)
			}
		})
	}
	wg.Wait()
	for k := range people {
		require.NoError(t, errs[k])
		require.Equal(t, 100*(k%2)+k%10, got[k].Total)
		require.InDelta(t, float64(k%10), got[k].DailyUsage, 0)
	}
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 5*people, asked)
	require.Less(t, batches, asked/2, "questions were gathered")
}

// A caller that is gone gets its own error; a registry that was stopped answers
// nobody.
func TestStoppedRegistry(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
	s := newShop(t, wide, "Shop")
	product := s.product("A-1", item{})
	checkStock(t, agents, s.askStock(product))
	stop()
	_, err := agents[InventoryMonitor](t.Context(), s.askStock(product))
	require.Error(t, err)
}

// Without the database everybody in the batch is told so, at once.
func TestStockWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	s := newShop(t, wide, "Shop")
	product := s.product("A-1", item{})
	agents, stop := NewRegistry(Config{Hot: hot, Wide: wide})
	defer stop()
	hot.Close()
	result, err := agents[InventoryMonitor](t.Context(), s.askStock(product))
	require.Nil(t, result)
	require.ErrorContains(t, err, "read stock: ")
}
