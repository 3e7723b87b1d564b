package agent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
)

func day(tb testing.TB, s string) nlp.Date {
	tb.Helper()
	d, err := nlp.ParseDate(s)
	require.NoError(tb, err)
	return d
}

func (s shop) askReport(reportType string, dates ...string) Request {
	s.tb.Helper()
	r := s.ask(nlp.GenerateReport)
	r.Entities.ReportType = reportType
	if len(dates) == 2 {
		r.Entities.DateRange = &nlp.DateRange{Name: dates[0] + ".." + dates[1], Start: day(s.tb, dates[0]), End: day(s.tb, dates[1])}
	}
	return r
}

func report(t *testing.T, agents Registry, r Request) app.ReportResult {
	t.Helper()
	result, err := agents[ReportGenerator](t.Context(), r)
	require.NoError(t, err)
	require.IsType(t, app.ReportResult{}, result)
	got := result.(app.ReportResult)
	require.Equal(t, app.ReportType(r.Entities.ReportType), got.Type)
	require.Equal(t, "GBP", got.Currency)
	require.Equal(t, r.Now, got.At)
	return got
}

// trade is a shop with a little of everything, the sums of which are worked out
// in the tests.
func trade(s shop) {
	s.tb.Helper()
	leeds, york := s.place("Leeds"), s.place("York")
	beans, leaves := s.supplier("Beans Ltd", 7, nil), s.supplier("Leaves Ltd", 5, nil)
	s.supplier("Idle Ltd", 5, nil)
	coffee := s.product("COF", item{name: "Coffee", cost: 5, supplier: beans, reorderPoint: 100})
	tea := s.product("TEA", item{name: "Tea", cost: 2.5, supplier: leaves, reorderPoint: 5})
	mug := s.product("MUG", item{name: "Mug", reorderPoint: 0}) // what it costs is not known
	s.product("NEW", item{name: "New", cost: 99})

	s.stock(coffee, leeds, 30)
	s.stock(coffee, york, 10)
	s.stock(tea, leeds, 40)
	s.stock(mug, leeds, 7)
	s.stock(s.product("OWED", item{name: "Owed", cost: 1000}), leeds, -3)

	// The week of the tests: Monday 6 to Sunday 12 July.
	s.sell(coffee, leeds, "2026-07-06", "2026-07-08", 4, 9)  // 12 units, 108
	s.sell(coffee, york, "2026-07-12", "2026-07-12", 1, 9.5) // 1, 9.50
	s.sell(tea, leeds, "2026-07-07", "2026-07-07", 10, 6)    // 10, 60
	s.sell(tea, leeds, "2026-07-08", "2026-07-08", -2, 6)    // 2 come back
	s.sell(mug, york, "2026-07-09", "2026-07-09", 3, 4.25)   // 3, 12.75
	// Around it.
	s.sell(coffee, leeds, "2026-07-05", "2026-07-05", 10, 9) // 90
	s.sell(coffee, leeds, "2026-06-29", "2026-06-29", 2, 9)  // 18
	s.sell(coffee, leeds, "2026-06-28", "2026-06-28", 50, 9)
	s.sell(coffee, leeds, "2026-07-13", "2026-07-13", 50, 9)

	s.order("PO-1", beans, coffee, 100, 4.5, "2026-07-06", "2026-07-10", "2026-07-10", "received") // on time, 4 days, 450
	s.order("PO-2", leaves, tea, 40, nil, "2026-07-07", "2026-07-09", "2026-07-12", "received")    // late, 5 days, 100 at the product's cost
	s.order("PO-3", leaves, tea, 10, 3, "2026-06-01", "", "2026-07-08", "received")                // ordered before, 37 days, no day promised
	s.order("PO-4", beans, coffee, 10, 4, "2026-07-12", "2026-07-14", "", "ordered")               // 40, overdue
	s.order("PO-5", beans, coffee, 10, 4, "2026-07-13", "2026-07-15", "", "ordered")               // due today; ordered after
	s.order("PO-6", beans, coffee, 10, 4, "2026-07-08", "", "", "cancelled")
	s.order("PO-7", beans, coffee, 10, 4, "2026-07-08", "", "", "draft")
}

// another is a company whose figures must show nowhere.
func another(s shop) {
	s.tb.Helper()
	place, supplier := s.place("Leeds"), s.supplier("Beans Ltd", 7, nil)
	p := s.product("COF", item{name: "Foreign", cost: 777, supplier: supplier})
	s.stock(p, place, 1000)
	s.sell(p, place, "2026-07-06", "2026-07-12", 1000, 777)
	s.order("PO-1", supplier, p, 1000, 777, "2026-07-06", "2026-07-10", "2026-07-10", "received")
}

func TestReports(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	trade(s)
	another(newShop(t, pool, "Another"))
	at := func(place string, r Request) Request {
		r.Location = &Location{ID: s.one(`SELECT id FROM locations WHERE company_id = $1 AND name = $2`, s.id, place), Name: "as typed"}
		return r
	}
	week := []string{"2026-07-06", "2026-07-12"}

	for _, tc := range []struct {
		name    string
		request Request
		figures []app.Figure
		title   string
		top     []app.ReportRow
	}{
		{
			"inventory", s.askReport("inventory"),
			[]app.Figure{
				count("Products", 5),
				count("Units in stock", 40+40+7-3),
				money("Stock value at cost", 200+100),
				count("Low on stock", 1), // coffee
				count("Out of stock", 1), // what is owed
				count("Stocked products without a cost", 1),
			},
			"Most valuable stock",
			[]app.ReportRow{{Name: "Coffee", Kind: app.FigureMoney, Value: 200}, {Name: "Tea", Kind: app.FigureMoney, Value: 100}},
		},
		{
			"sales", s.askReport("sales", week...),
			[]app.Figure{
				money("Revenue", 108+9.5+48+12.75), // 178.25
				count("Units sold", 13+8+3),
				count("Products sold", 3),
				money("Revenue a day", 178.25/7),
				percent("Change on the period before", 178.25-108, 108), // 29 June to 5 July
			},
			"Top sellers",
			[]app.ReportRow{
				{Name: "Coffee", Kind: app.FigureMoney, Value: 117.5},
				{Name: "Tea", Kind: app.FigureMoney, Value: 48},
				{Name: "Mug", Kind: app.FigureMoney, Value: 12.75},
			},
		},
		{
			"financial", s.askReport("financial", week...),
			[]app.Figure{
				money("Revenue", 178.25),
				money("Cost of goods sold", 13*5+8*2.5), // 85
				money("Gross profit", 117.5+48-85),      // 80.5
				percent("Gross margin", 80.5, 165.5),
				money("Revenue of products without a cost", 12.75),
				money("Purchases ordered", 450+100+40),
				money("Stock value at cost", 300),
			},
			"Most gross profit",
			[]app.ReportRow{{Name: "Coffee", Kind: app.FigureMoney, Value: 52.5}, {Name: "Tea", Kind: app.FigureMoney, Value: 28}},
		},
		{
			"supplier", s.askReport("supplier", week...),
			[]app.Figure{
				count("Suppliers", 3),
				count("Orders placed", 3),
				money("Ordered", 590),
				count("Deliveries received", 3),
				percent("On time", 1, 2),
				{Label: "Average lead time", Kind: app.FigureDays, Value: float64(4+5+37) / 3},
				count("Open orders", 2),
				count("Overdue orders", 1),
			},
			"Most ordered from",
			[]app.ReportRow{{Name: "Beans Ltd", Kind: app.FigureMoney, Value: 490}, {Name: "Leaves Ltd", Kind: app.FigureMoney, Value: 100}},
		},
		{
			"inventory of a place", at("Leeds", s.askReport("inventory")),
			[]app.Figure{
				count("Products", 4), // coffee, tea, mugs, and what is owed
				count("Units in stock", 30+40+7-3),
				money("Stock value at cost", 150+100),
				count("Out of stock", 1),
				count("Stocked products without a cost", 1),
			},
			"Most valuable stock at Leeds",
			[]app.ReportRow{{Name: "Coffee", Kind: app.FigureMoney, Value: 150}, {Name: "Tea", Kind: app.FigureMoney, Value: 100}},
		},
		{
			"sales of a place", at("York", s.askReport("sales", week...)),
			[]app.Figure{money("Revenue", 22.25), count("Units sold", 4), count("Products sold", 2), money("Revenue a day", 22.25/7)},
			"Top sellers at York",
			[]app.ReportRow{{Name: "Mug", Kind: app.FigureMoney, Value: 12.75}, {Name: "Coffee", Kind: app.FigureMoney, Value: 9.5}},
		},
		{
			"money of a place", at("York", s.askReport("financial", week...)),
			[]app.Figure{
				money("Revenue", 22.25), money("Cost of goods sold", 5), money("Gross profit", 4.5), percent("Gross margin", 4.5, 9.5),
				money("Revenue of products without a cost", 12.75), money("Stock value at cost", 50),
			},
			"Most gross profit at York",
			[]app.ReportRow{{Name: "Coffee", Kind: app.FigureMoney, Value: 4.5}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := report(t, agents, tc.request)
			require.Len(t, got.Figures, len(tc.figures))
			for i, f := range tc.figures {
				require.Equal(t, f.Label, got.Figures[i].Label)
				require.Equal(t, f.Kind, got.Figures[i].Kind, f.Label)
				require.InDelta(t, f.Value, got.Figures[i].Value, 1e-9, f.Label)
			}
			require.Equal(t, tc.title, got.TopTitle)
			require.Equal(t, tc.top, got.Top)
		})
	}
}

func TestReportOfAnothersPlace(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s, theirs := newShop(t, pool, "Shop"), newShop(t, pool, "Another")
	r := s.askReport("inventory")
	r.Location = &Location{ID: theirs.place("Leeds"), Name: "Leeds"}
	_, err := agents[ReportGenerator](t.Context(), r)
	require.Equal(t, app.NotFound, app.KindOf(err))
}

// A report on a span that is not over is about the days that have passed.
func TestSalesOfTheRunningWeek(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	product := s.product("A", item{})
	s.sell(product, place, "2026-07-13", "2026-07-15", 1, 10) // Monday to Wednesday, today: 30
	s.sell(product, place, "2026-07-06", "2026-07-08", 1, 5)  // the same days of last week: 15
	s.sell(product, place, "2026-07-09", "2026-07-12", 1, 1000)
	got := report(t, agents, s.askReport("sales", "2026-07-13", "2026-07-19"))
	require.Contains(t, got.Figures, money("Revenue a day", 10))
	require.Contains(t, got.Figures, percent("Change on the period before", 15, 15))

	next := report(t, agents, s.askReport("sales", "2026-07-16", "2026-07-19"))
	require.Equal(t, []app.Figure{money("Revenue", 0), count("Units sold", 0), count("Products sold", 0)}, next.Figures, "nothing to divide by")
}

func TestTopFive(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	place := s.place("Shop")
	for _, sku := range []string{"A", "B", "C", "D", "E", "F"} {
		p := s.product(sku, item{name: sku, cost: 1})
		s.stock(p, place, int(sku[0]))
		s.sell(p, place, "2026-07-14", "2026-07-14", int(sku[0]), 2)
	}
	for _, r := range []Request{s.askReport("inventory"), s.askReport("sales", "2026-07-14", "2026-07-14"), s.askReport("financial", "2026-07-14", "2026-07-14")} {
		got := report(t, agents, r)
		names := ""
		for _, row := range got.Top {
			names += row.Name
		}
		require.Equal(t, "FEDCB", names, got.Type)
		sold := report(t, agents, s.askReport("sales", "2026-07-14", "2026-07-14"))
		require.Contains(t, sold.Figures, count("Products sold", 6), "the sums are over all, not over the five")
	}
}

func TestReportsOfAnEmptyCompany(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	for _, kind := range app.ReportTypes {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			got := report(t, agents, s.askReport(string(kind), "2026-07-06", "2026-07-12"))
			require.NotEmpty(t, got.Figures)
			require.Empty(t, got.Top)
			for _, f := range got.Figures {
				require.Zero(t, f.Value, f.Label)
				require.NotEqual(t, app.FigurePercent, f.Kind, "a share of nothing")
			}
		})
	}
}

func TestReportRange(t *testing.T) {
	t.Parallel()
	agents, pool := registry(t)
	s := newShop(t, pool, "Shop")
	auckland, err := time.LoadLocation("Pacific/Auckland")
	require.NoError(t, err)
	asked := app.DateRange{Name: "2026-07-06..2026-07-12", Start: date(t, "2026-07-06"), End: date(t, "2026-07-12")}
	today := app.DateRange{Name: "today", Start: date(t, "2026-07-15"), End: date(t, "2026-07-15")}
	tomorrow := app.DateRange{Name: "today", Start: date(t, "2026-07-16"), End: date(t, "2026-07-16")}
	quarter := app.DateRange{Name: "last_90_days", Start: date(t, "2026-04-17"), End: date(t, "2026-07-15")}
	for _, tc := range []struct {
		name    string
		request Request
		now     time.Time
		want    app.DateRange
		kind    app.Kind
	}{
		{"as asked", s.askReport("sales", "2026-07-06", "2026-07-12"), noon, asked, ""},
		{"stock is of today", s.askReport("inventory"), noon, today, ""},
		{"whatever was asked", s.askReport("inventory", "2026-07-06", "2026-07-12"), noon, today, ""},
		{"where the person is", s.askReport("inventory"), noon.In(auckland), tomorrow, ""},
		{"suppliers as asked", s.askReport("supplier", "2026-07-06", "2026-07-12"), noon, asked, ""},
		{"suppliers over a quarter", s.askReport("supplier"), noon, quarter, ""},
		{"sales of no time", s.askReport("sales"), noon, app.DateRange{}, app.Invalid},
		{"money of no time", s.askReport("financial"), noon, app.DateRange{}, app.Invalid},
		{"no type", s.askReport(""), noon, app.DateRange{}, app.Invalid},
		{"an unknown type", s.askReport("weather", "2026-07-06", "2026-07-12"), noon, app.DateRange{}, app.Invalid},
		{"backwards", s.askReport("sales", "2026-07-12", "2026-07-06"), noon, app.DateRange{}, app.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.request.Now = tc.now
			if tc.kind != "" {
				_, err := agents[ReportGenerator](t.Context(), tc.request)
				require.Equal(t, tc.kind, app.KindOf(err))
				return
			}
			require.Equal(t, tc.want, report(t, agents, tc.request).Range)
		})
	}
}
