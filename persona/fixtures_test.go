package persona

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"ferry/app"
)

// The results that the golden files tell, as one Thursday afternoon in London.

func london() *time.Location { return time.FixedZone("BST", 60*60) }

func asked() time.Time { return time.Date(2026, 7, 9, 13, 3, 27, 0, time.UTC) }

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// dateRef is a day of the year of all cases.
func dateRef(month time.Month, day int) *time.Time {
	d := date(2026, month, day)
	return &d
}

func intRef(n int) *int { return &n }

// golden is one section of a golden file.
type golden struct {
	name   string
	result app.Result
}

// goldens lists the cases of every template.
func goldens() map[string][]golden {
	return map[string][]golden{
		"inventory_check_result": stockGoldens(),
		"alert_summary":          alertGoldens(),
		"report_ready":           reportGoldens(),
		"help":                   {{"help", app.HelpResult{}}},
		"product_unknown": {
			{"near", app.ProductUnknown{Asked: "earl gray", Nearest: []app.ProductRef{
				{SKU: "TEA-50", Name: "Earl Grey Tea 50s"}, {SKU: "TEA-200", Name: "Earl Grey Tea 200s"}, {SKU: "MUG01", Name: "mug01"},
			}}},
			{"one near", app.ProductUnknown{Asked: "mugg", Nearest: []app.ProductRef{{SKU: "MUG01", Name: "Mug"}}}},
			{"nothing near", app.ProductUnknown{Asked: "flux capacitor"}},
			{"no words", app.ProductUnknown{}},
		},
		"place_unknown": {
			{"two places", app.PlaceUnknown{Asked: "Leads", Places: []string{"Leeds", "York"}}},
			{"more than a text holds", app.PlaceUnknown{Asked: "Leads", Places: slices.Repeat([]string{"Leeds"}, maxPlaces+2)}},
			{"no places", app.PlaceUnknown{Asked: "Leeds"}},
		},
		"not_yet":         {{"reorder", app.NotYet{Intent: "reorder_stock"}}, {"unnamed", app.NotYet{}}},
		"acknowledgement": {{"acknowledgement", app.Acknowledgement{}}},
		"unknown_command": {{"unknown command", app.Trouble{Text: app.TextUnknownCommand}}},
		"missing_entity": {
			{"product", app.Trouble{Text: app.TextMissingEntity, Missing: "product"}},
			{"date range", app.Trouble{Text: app.TextMissingEntity, Missing: "date_range"}},
			{"report type", app.Trouble{Text: app.TextMissingEntity, Missing: "report_type"}},
			{"something else", app.Trouble{Text: app.TextMissingEntity, Missing: "colour"}},
		},
		"agent_error":    {{"agent error", app.Trouble{Text: app.TextAgentError}}},
		"timeout":        {{"timeout", app.Trouble{Text: app.TextTimeout}}},
		"permission":     {{"permission", app.Trouble{Text: app.TextPermission}}},
		"rate_limited":   {{"rate limited", app.Trouble{Text: app.TextRateLimited}}},
		"unknown_sender": {{"unknown sender", app.Trouble{Text: app.TextUnknownSender}}},
	}
}

func stockGoldens() []golden {
	return []golden{
		{"all is well", healthyStock()},
		{"one place asked about", askedPlaceStock()},
		{"low, order overdue", lowStock()},
		{"short in one place", shortPlaceStock()},
		{"nothing known", app.StockResult{
			Product: app.ProductRef{SKU: "NEW-1", Name: "New thing"},
			Advice:  nil, At: asked(), QueryTime: 12 * time.Millisecond,
		}},
		{"sold, without a lead time", app.StockResult{
			Product: app.ProductRef{SKU: "NEW-2", Name: "Newer thing"}, Quantity: 1, Total: 1,
			Places:     []app.PlaceStock{{Location: "Leeds", Quantity: 1, UpdatedAt: asked()}},
			DailyUsage: 0.0333, UsageDays: 30, CoverageDays: intRef(30), Advice: []app.Advice{{Kind: app.AdviceHealthy}},
			UpdatedAt: asked(), At: asked(), QueryTime: 12 * time.Millisecond,
		}},
		{"hostile names", hostileStock()},
	}
}

func healthyStock() app.StockResult {
	return app.StockResult{
		Product: app.ProductRef{SKU: "TEA-50", Name: "Earl Grey Tea 50s"},
		Unit:    "box", Quantity: 1450, Total: 1450,
		Places: []app.PlaceStock{
			{Location: "Leeds", Quantity: 400, ReorderPoint: 15, UpdatedAt: asked().Add(-90 * time.Minute)},
			{Location: "London", Quantity: 1050, ReorderPoint: 45, UpdatedAt: asked().Add(-26 * time.Hour)},
		},
		ReorderPoint: 60, SafetyStock: 20, LeadTimeDays: 7, DailyUsage: 5.714285, UsageDays: 90, CoverageDays: intRef(253),
		LastReorder: &app.LastReorder{
			Number: "PO-104", Supplier: "Acme Teas", OrderedOn: date(2026, 6, 12), Quantity: 1200,
			ExpectedOn: dateRef(6, 20), ReceivedOn: dateRef(6, 19),
		},
		Advice:    []app.Advice{{Kind: app.AdviceHealthy}},
		UpdatedAt: asked().Add(-90 * time.Minute), At: asked(), QueryTime: 1_240 * time.Microsecond,
	}
}

func askedPlaceStock() app.StockResult {
	r := healthyStock()
	r.Location, r.Quantity = "Leeds", 1
	r.Places[0].Quantity, r.Total = 1, 1051
	r.CoverageDays = intRef(183)
	r.Advice = []app.Advice{{Kind: app.AdviceMove, Quantity: 29, From: "London", To: "Leeds"}}
	return r
}

func lowStock() app.StockResult {
	return app.StockResult{
		Product: app.ProductRef{SKU: "ABC123", Name: "Cordless drill"},
		Places: []app.PlaceStock{
			{Location: "Leeds", Quantity: 0, ReorderPoint: 10, UpdatedAt: asked()},
			{Location: "London", Quantity: 8, ReorderPoint: 20, UpdatedAt: asked()},
			{Location: "York", Quantity: 4, ReorderPoint: 4, UpdatedAt: asked()},
		},
		Quantity: 12, Total: 12, ReorderPoint: 34, ReorderGiven: true, SafetyStock: 10, LeadTimeDays: 1, DailyUsage: 1, UsageDays: 30, CoverageDays: intRef(12),
		LastReorder: &app.LastReorder{
			Number: "PO-77", Supplier: "Bolt & Co", OrderedOn: date(2026, 6, 25), Quantity: 40, ExpectedOn: dateRef(7, 2),
		},
		Advice: []app.Advice{
			{Kind: app.AdviceAwait, Quantity: 40, Supplier: "Bolt & Co", On: dateRef(7, 2)},
			{Kind: app.AdviceReorder, Quantity: 22, Supplier: "Bolt & Co"},
		},
		UpdatedAt: asked(), At: asked(), QueryTime: 700 * time.Microsecond,
	}
}

func shortPlaceStock() app.StockResult {
	return app.StockResult{
		Product: app.ProductRef{SKU: "MUG01", Name: "mug01"}, Unit: "mugs",
		Places: []app.PlaceStock{
			{Location: "Leeds", Quantity: 1, ReorderPoint: 2, UpdatedAt: asked()},
			{Location: "London", Quantity: 44, ReorderPoint: 0, UpdatedAt: asked()},
		},
		Quantity: 45, Total: 45, ReorderPoint: 2, SafetyStock: 1, UsageDays: 90,
		LastReorder: &app.LastReorder{Number: "PO-9", Supplier: "Potters", OrderedOn: date(2026, 7, 8), Quantity: 1, ExpectedOn: dateRef(7, 9)},
		Advice: []app.Advice{
			{Kind: app.AdviceMove, Quantity: 1, From: "London", To: "Leeds"},
			{Kind: app.AdviceAwait, Quantity: 1, On: dateRef(7, 9)},
			{Kind: app.AdviceSlowMover},
		},
		UpdatedAt: asked(), At: asked(), QueryTime: 12 * time.Millisecond,
	}
}

func hostileStock() app.StockResult {
	r := lowStock()
	r.Product = app.ProductRef{SKU: "AB_12_X", Name: "*Super* _fast_ {{.SKU}} \u202Etpircs\u202C `rm`\n[ALERT]"}
	r.Places[0].Location = "> Depot ~1~"
	r.Places[1].Location = "- " + "Very long name of a place that somebody pasted here from a spreadsheet by mistake"
	r.Advice[1].Supplier = "*Bolt*"
	return r
}

func severalAlerts() app.AlertsResult {
	return app.AlertsResult{
		Count: 1007, Counts: map[app.Severity]int{app.SeverityCritical: 2, app.SeverityHigh: 1, app.SeverityLow: 1004},
		At: asked(),
		Alerts: []app.Alert{
			{
				ID: uuid.New(), Number: 1012, Category: "out_of_stock", Severity: app.SeverityCritical, Location: "Leeds",
				Product: app.ProductRef{SKU: "ABC123", Name: "Cordless drill"}, Quantity: 0, ReorderPoint: 10, RaisedAt: asked().Add(-time.Hour),
			},
			{
				ID: uuid.New(), Number: 12, Category: "low_stock", Severity: app.SeverityCritical, Location: "London",
				Product: app.ProductRef{SKU: "TEA-50", Name: "Earl Grey Tea 50s"}, Quantity: 3, ReorderPoint: 45, RaisedAt: asked().Add(-2 * time.Hour),
			},
			{
				ID: uuid.New(), Number: 9, Category: "low_stock", Severity: app.SeverityHigh, Location: "Leeds",
				Product: app.ProductRef{SKU: "MUG01"}, Quantity: 1100, ReorderPoint: 1200, RaisedAt: asked().Add(-70 * time.Hour),
			},
			{
				ID: uuid.New(), Number: 4, Category: "low_stock", Severity: app.SeverityLow,
				Product: app.ProductRef{SKU: "PEN", Name: "Blue pen"}, Quantity: 9, ReorderPoint: 10, RaisedAt: asked().Add(-99 * time.Hour),
			},
		},
	}
}

func alertGoldens() []golden {
	all := severalAlerts()
	one := app.AlertsResult{
		Severity: app.SeverityCritical, Category: "low_stock", Count: 1,
		Counts: map[app.Severity]int{app.SeverityCritical: 1}, Alerts: all.Alerts[1:2], At: asked(),
	}
	return []golden{
		{"several", all},
		{"one, filtered", one},
		{"none", app.AlertsResult{At: asked()}},
		{"none, filtered", app.AlertsResult{Severity: app.SeverityHigh, At: asked()}},
	}
}

func reportGoldens() []golden {
	return []golden{
		{"sales, last week", app.ReportResult{
			Type: app.ReportSales, Currency: "GBP", At: asked(),
			Range: app.DateRange{Name: "last_week", Start: date(2026, 6, 29), End: date(2026, 7, 5)},
			Figures: []app.Figure{
				{Label: "Units sold", Kind: app.FigureCount, Value: 1234},
				{Label: "Revenue", Kind: app.FigureMoney, Value: 18270.5},
				{Label: "Change on the week before", Kind: app.FigurePercent, Value: -3.25},
			},
			TopTitle: "Top sellers",
			Top: []app.ReportRow{
				{Name: "Earl Grey Tea 50s", Kind: app.FigureCount, Value: 420},
				{Name: "*Cordless* drill", Kind: app.FigureCount, Value: 77},
			},
		}},
		{"supplier, custom days", app.ReportResult{
			Type: app.ReportSupplier, Currency: "JPY", At: asked(),
			Range: app.DateRange{Name: "2026-07-01..2026-07-09", Start: date(2026, 7, 1), End: date(2026, 7, 9)},
			Figures: []app.Figure{
				{Label: "On time", Kind: app.FigurePercent, Value: 96.04},
				{Label: "Mean lead time", Kind: app.FigureDays, Value: 1},
				{Label: "Ordered", Kind: app.FigureMoney, Value: -1200300.4},
			},
		}},
		{"financial, today", app.ReportResult{
			Type: app.ReportFinancial, Currency: "CHF", At: asked(),
			Range:    app.DateRange{Name: "today", Start: date(2026, 7, 9), End: date(2026, 7, 9)},
			Figures:  []app.Figure{{Label: "Gross margin", Kind: app.FigureMoney, Value: 20}},
			TopTitle: "Best margins", Top: []app.ReportRow{{Name: "Blue pen", Kind: app.FigurePercent, Value: 61}},
		}},
		{"inventory, empty", app.ReportResult{
			Type: app.ReportInventory, At: asked(),
			Range: app.DateRange{Name: "this_week", Start: date(2026, 12, 28), End: date(2027, 1, 3)},
		}},
	}
}

// longAlerts fills a result up to the ten alerts that it may list.
func longAlerts() app.AlertsResult {
	r := severalAlerts()
	for i := range 6 {
		r.Alerts = append(r.Alerts, r.Alerts[i%4])
	}
	return r
}
