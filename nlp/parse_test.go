package nlp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/nlp"
)

// wednesday is when the tests' texts are read: 15 July 2026, weeks from Monday.
func wednesday() nlp.Clock {
	return nlp.Clock{Now: time.Date(2026, 7, 15, 10, 0, 0, 0, time.UTC), WeekStart: time.Monday}
}

func number(n int) *int { return &n }

func dates(name, start, end string) *nlp.DateRange {
	r := nlp.DateRange{Name: name}
	if r.Start.UnmarshalText([]byte(start)) != nil || r.End.UnmarshalText([]byte(end)) != nil {
		return nil
	}
	return &r
}

func TestParseUnderstandsTheSeedsExamples(t *testing.T) {
	t.Parallel()
	lastWeek := dates("last_week", "2026-07-06", "2026-07-12")
	tests := []struct {
		text     string
		intent   nlp.Intent
		entities nlp.Entities
	}{
		{"stock ABC123", nlp.CheckInventory, nlp.Entities{SKU: "ABC123"}},
		{"check inventory for widgets", nlp.CheckInventory, nlp.Entities{Product: "widgets"}},
		{"check stock of blue widgets", nlp.CheckInventory, nlp.Entities{Product: "blue widgets"}},
		{"check inventory ABC123", nlp.CheckInventory, nlp.Entities{SKU: "ABC123"}},
		{"check inventory", nlp.CheckInventory, nlp.Entities{}},
		{"how much sugar do we have", nlp.CheckInventory, nlp.Entities{Product: "sugar"}},
		{"how many widgets in stock", nlp.CheckInventory, nlp.Entities{Product: "widgets"}},
		{"inventory level widgets", nlp.CheckInventory, nlp.Entities{Product: "widgets"}},
		{"stock status ABC-123", nlp.CheckInventory, nlp.Entities{SKU: "ABC-123"}},
		{"show alerts", nlp.ViewAlerts, nlp.Entities{}},
		{"view alerts", nlp.ViewAlerts, nlp.Entities{}},
		{"list all alerts", nlp.ViewAlerts, nlp.Entities{}},
		{"show my alert", nlp.ViewAlerts, nlp.Entities{}},
		{"what alerts do I have", nlp.ViewAlerts, nlp.Entities{}},
		{"what alerts are active?", nlp.ViewAlerts, nlp.Entities{}},
		{"alerts", nlp.ViewAlerts, nlp.Entities{}},
		{"reorder widgets", nlp.ReorderStock, nlp.Entities{Product: "widgets"}},
		{"order 50 ABC123", nlp.ReorderStock, nlp.Entities{SKU: "ABC123", Quantity: number(50)}},
		{"purchase brake pads", nlp.ReorderStock, nlp.Entities{Product: "brake pads"}},
		{"create po for ABC123", nlp.ReorderStock, nlp.Entities{SKU: "ABC123"}},
		{"create purchase order 50 ABC123", nlp.ReorderStock, nlp.Entities{SKU: "ABC123", Quantity: number(50)}},
		{"need to order mugs", nlp.ReorderStock, nlp.Entities{Product: "mugs"}},
		{"need more mugs", nlp.ReorderStock, nlp.Entities{Product: "mugs"}},
		{"ack", nlp.AcknowledgeAlert, nlp.Entities{}},
		{"Acknowledge", nlp.AcknowledgeAlert, nlp.Entities{}},
		{"acknowledge alert 12", nlp.AcknowledgeAlert, nlp.Entities{AlertID: "12"}},
		{"acknowledge alert A-12", nlp.AcknowledgeAlert, nlp.Entities{AlertID: "A-12"}},
		{"generate sales report", nlp.GenerateReport, nlp.Entities{ReportType: "sales"}},
		{"generate report", nlp.GenerateReport, nlp.Entities{}},
		{"create report for suppliers", nlp.GenerateReport, nlp.Entities{ReportType: "supplier"}},
		{"make report on stock", nlp.GenerateReport, nlp.Entities{ReportType: "inventory"}},
		{"sales report for last week", nlp.GenerateReport, nlp.Entities{ReportType: "sales", DateRange: lastWeek}},
		{"financial report last week", nlp.GenerateReport, nlp.Entities{ReportType: "financial", DateRange: lastWeek}},
		{"report", nlp.GenerateReport, nlp.Entities{}},
		{"help", nlp.Help, nlp.Entities{}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, wednesday())
			require.Equal(t, tt.intent, r.Intent, "%s", r.Trace)
			require.Equal(t, tt.entities, r.Entities)
			require.Equal(t, tt.text, r.Text)
			require.GreaterOrEqual(t, r.Confidence, 0.85)
		})
	}
}

func TestParseUnderstandsPeople(t *testing.T) {
	t.Parallel()
	lastWeek := dates("last_week", "2026-07-06", "2026-07-12")
	tests := []struct {
		text     string
		intent   nlp.Intent
		entities nlp.Entities
	}{
		{"how many decaf left in Leeds?", nlp.CheckInventory, nlp.Entities{Product: "decaf", Location: "Leeds"}},
		{"Hi Sarah, stock ABC123 please", nlp.CheckInventory, nlp.Entities{SKU: "ABC123"}},
		{"do we have any oat milk", nlp.CheckInventory, nlp.Entities{Product: "oat milk"}},
		{"have we still got any rope at the Dover depot?", nlp.CheckInventory, nlp.Entities{Product: "rope", Location: "Dover"}},
		{"stock oat milk at leeds", nlp.CheckInventory, nlp.Entities{Product: "oat milk", Location: "leeds"}},
		{"STOCK LEVEL OF PAINT IN WAREHOUSE 2", nlp.CheckInventory, nlp.Entities{Product: "PAINT", Location: "WAREHOUSE 2"}},
		{"what's the stock level of “Kenya AA”?", nlp.CheckInventory, nlp.Entities{Product: "Kenya AA"}},
		{"how many bags of Sumatra do we have left", nlp.CheckInventory, nlp.Entities{Product: "Sumatra"}},
		{"is the green tea in stock?", nlp.CheckInventory, nlp.Entities{Product: "green tea"}},
		{"are we out of m8 washers", nlp.CheckInventory, nlp.Entities{Product: "m8 washers"}},
		{"kx-2207 stock?", nlp.CheckInventory, nlp.Entities{SKU: "KX-2207"}},
		{"Stock: 10042", nlp.CheckInventory, nlp.Entities{SKU: "10042"}},
		{"check stock of the um blue mugs because a customer asked", nlp.CheckInventory, nlp.Entities{Product: "blue mugs"}},
		{"check stock of mugs and show alerts", nlp.CheckInventory, nlp.Entities{Product: "mugs"}},
		{"check stock 250 mg tablets", nlp.CheckInventory, nlp.Entities{Product: "250 mg tablets"}},
		{"any alerts?", nlp.ViewAlerts, nlp.Entities{}},
		{"Alerts!", nlp.ViewAlerts, nlp.Entities{}},
		{"critical alerts", nlp.ViewAlerts, nlp.Entities{Severity: "critical"}},
		{"show me the high priority alerts", nlp.ViewAlerts, nlp.Entities{Severity: "high"}},
		{"show low stock alerts", nlp.ViewAlerts, nlp.Entities{Category: "low stock"}},
		{"low severity low stock alerts", nlp.ViewAlerts, nlp.Entities{Severity: "low", Category: "low stock"}},
		{"what's low?", nlp.ViewAlerts, nlp.Entities{Category: "low stock"}},
		{"what is out of stock", nlp.ViewAlerts, nlp.Entities{Category: "out of stock"}},
		{"alerts for the Luton warehouse today", nlp.ViewAlerts, nlp.Entities{Location: "Luton", DateRange: dates("today", "2026-07-15", "2026-07-15")}},
		{"show alert #88", nlp.ViewAlerts, nlp.Entities{AlertID: "88"}},
		{"ack 12, thanks", nlp.AcknowledgeAlert, nlp.Entities{AlertID: "12"}},
		{"ack all", nlp.AcknowledgeAlert, nlp.Entities{AlertID: "all"}},
		{"mark alert 41 as seen", nlp.AcknowledgeAlert, nlp.Entities{AlertID: "41"}},
		{"inventory report for last week", nlp.GenerateReport, nlp.Entities{ReportType: "inventory", DateRange: lastWeek}},
		{"sales report", nlp.GenerateReport, nlp.Entities{ReportType: "sales"}},
		{"can you send me the supplier report for last week please", nlp.GenerateReport, nlp.Entities{ReportType: "supplier", DateRange: lastWeek}},
		{"stock report for Leeds", nlp.GenerateReport, nlp.Entities{ReportType: "inventory", Location: "Leeds"}},
		{"p&l report this month", nlp.GenerateReport, nlp.Entities{ReportType: "financial", DateRange: dates("this_month", "2026-07-01", "2026-07-31")}},
		{"reorder 12 bags of Kenya AA from Falcon Imports", nlp.ReorderStock, nlp.Entities{Product: "Kenya AA", Quantity: number(12), Supplier: "Falcon Imports"}},
		{"could you order two dozen mugs for the Cardiff branch", nlp.ReorderStock, nlp.Entities{Product: "mugs", Quantity: number(24), Location: "Cardiff"}},
		{"place an order with Acme for 30 gaskets", nlp.ReorderStock, nlp.Entities{Product: "gaskets", Quantity: number(30), Supplier: "Acme"}},
		{"we need 50 more gaskets", nlp.ReorderStock, nlp.Entities{Product: "gaskets", Quantity: number(50)}},
		{"menu", nlp.Help, nlp.Entities{}},
		{"commands", nlp.Help, nlp.Entities{}},
		{"?", nlp.Help, nlp.Entities{}},
		{"What can you do?", nlp.Help, nlp.Entities{}},
		{"how do I check stock?", nlp.Help, nlp.Entities{}},
		{"chekc stok of mugs", nlp.CheckInventory, nlp.Entities{Product: "mugs"}},
		{"show me critical alrets", nlp.ViewAlerts, nlp.Entities{Severity: "critical"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, wednesday())
			require.Equal(t, tt.intent, r.Intent, "%s", r.Trace)
			require.Equal(t, tt.entities, r.Entities)
		})
	}
}

func TestParseDoesNotFallIntoTraps(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "   ", "hi", "thanks", "ok", "2", "👍", "…", "???!", "no",
		"pause the reorder agent", "run the inventory monitor", "stop the alert generator", "turn off auto reorder",
		"stop sending me alerts", "stop", "unsubscribe", "don't send me any more reports",
		"where is my order", "where's my order 1234", "cancel order 1234", "track my order", "order status", "my order is late",
		"don't order ABC123", "do not reorder the widgets", "never purchase widgets again", "should I order more mugs?", "did we order mugs",
		"who ordered the mugs", "in order to log in I need a password", "that machine is out of order", "the order of the day", "I purchased a hat",
		"set stock of KX-2207 to 140", "add 20 to KX-2207", "update inventory: mugs is now 320", "stock of mugs is not 90 it is 75", "KX-2207 = 88",
		"stock market news", "my stock portfolio tanked", "how do I make chicken stock", "we are the laughing stock of the league",
		"how many sales did we make", "how much revenue do we have", "how much time do we have", "how many people are in the warehouse",
		"resolve alert 12", "close alert A-3", "dismiss all alerts", "set an alarm for 6", "amber alert on the radio",
		"daily digest", "weather report", "I want to report a bug", "my report card", "no need for a report",
		"lead time for Acme", "who supplies mugs", "what's the wifi password",
		"I have not seen alert 12",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(text, wednesday())
			require.Equal(t, nlp.Unknown, r.Intent, "%s", r.Trace)
			require.Zero(t, r.Confidence)
			require.Nil(t, r.Entities.Quantity)
		})
	}
}

func TestParseIgnoresWhatDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"stock abc-123 in Leeds", "show critical alerts", "sales report for last week", "reorder 50 abc-123", "what can you do"} {
		want := nlp.Parse(text, wednesday())
		for name, changed := range map[string]string{
			"capitals":     strings.ToUpper(text),
			"mark":         text + "!!",
			"blanks":       "  " + strings.ReplaceAll(text, " ", "   ") + "\n",
			"politeness":   "Hi, could you please " + text + ", thanks",
			"emoji":        "📦 " + text + " 🙏🏽",
			"zero width":   strings.ReplaceAll(text, " ", " \u200b\u2060"),
			"bidi":         "\u202a" + text + "\u202c",
			"full width":   fullWidth(text),
			"bold":         "*" + text + "*",
			"no break":     strings.ReplaceAll(text, " ", "\u00a0"),
			"second line":  "Good morning team\n" + text,
			"command sign": "/" + text,
		} {
			t.Run(name+": "+text, func(t *testing.T) {
				t.Parallel()
				got := nlp.Parse(changed, wednesday())
				require.Equal(t, want.Intent, got.Intent, "%q: %s", changed, got.Trace)
				require.Equal(t, strings.ToLower(entitiesJSON(t, want)), strings.ToLower(entitiesJSON(t, got)))
			})
		}
	}
}

func entitiesJSON(t *testing.T, r nlp.Result) string {
	t.Helper()
	b, err := json.Marshal(r.Entities)
	require.NoError(t, err)
	return string(b)
}

// fullWidth types ASCII as an East Asian keyboard does.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, s)
}

func TestParseSeparatesQuantityFromProduct(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		quantity int // 0: none
		product  string
	}{
		{"order 50 widgets", 50, "widgets"},
		{"order 50x widgets", 50, "widgets"},
		{"order 50 x widgets", 50, "widgets"},
		{"order widgets x50", 50, "widgets"},
		{"order widgets x 50", 50, "widgets"},
		{"order widgets qty 50", 50, "widgets"},
		{"order widgets, 50 units", 50, "widgets"},
		{"order widgets 50 pcs", 50, "widgets"},
		{"order widgets 50", 50, "widgets"},
		{"order 1,000 widgets", 1000, "widgets"},
		{"order 1.5k widgets", 1500, "widgets"},
		{"order fifty widgets", 50, "widgets"},
		{"order forty two widgets", 42, "widgets"},
		{"order forty-two widgets", 42, "widgets"},
		{"order a hundred and twenty widgets", 120, "widgets"},
		{"order two thousand five hundred widgets", 2500, "widgets"},
		{"order a dozen widgets", 12, "widgets"},
		{"order half a dozen widgets", 6, "widgets"},
		{"order 3 dozen widgets", 36, "widgets"},
		{"order another 40 of the widgets", 40, "widgets"},
		{"order 12 boxes of widgets", 12, "widgets"},
		{"order 20 kg of flour", 20, "flour"},
		{"order 5 tea bags", 5, "tea bags"},
		{"order 200 ibuprofen 400mg", 200, "ibuprofen 400mg"},
		{"order paracetamol 500 mg, 20 boxes", 20, "paracetamol 500 mg"},
		{"order 500 mg paracetamol", 0, "500 mg paracetamol"},
		{"order 10-speed chains", 0, "10-speed chains"},
		{"order 2x4 timber", 0, "2x4 timber"},
		{"order a widget", 0, "widget"},
		{"order widgets", 0, "widgets"},
		{"order 5012345678900", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, wednesday())
			require.Equal(t, nlp.ReorderStock, r.Intent)
			require.Equal(t, tt.product, r.Entities.Product)
			if tt.quantity == 0 {
				require.Nil(t, r.Entities.Quantity)
				return
			}
			require.NotNil(t, r.Entities.Quantity)
			require.Equal(t, tt.quantity, *r.Entities.Quantity)
		})
	}
}

func TestParseConfidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       float64
	}{
		{"whole command", "stock ABC123", 0.95},
		{"inside a text", "the customer wants to know the stock of mugs", 0.75},
		{"weak words", "how many mugs", 0.65},
		{"misspelt", "stok ABC123", 0.85},
		{"unknown", "good morning", 0},
		{"much unexplained", "alerts are what my grandmother always used to call her very loud and angry geese, show alerts", 0.70},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, wednesday())
			require.InDelta(t, tt.want, r.Confidence, 1e-9, "%s", r.Trace)
		})
	}
}

func TestParseTrace(t *testing.T) {
	t.Parallel()
	r := nlp.Parse("Stok ABC123 in Leeds pronto", wednesday())
	require.Equal(t, "check_inventory: ^ stock {product}", r.Trace.Pattern)
	require.Equal(t, []string{"stok=stock"}, r.Trace.ReadAs)
	require.Equal(t, []nlp.Cut{{Entity: "location", Text: "Leeds", Start: 15}, {Entity: "sku", Text: "ABC123", Start: 5}}, r.Trace.Cuts)
	require.Equal(t, []string{"pronto"}, r.Trace.Leftover)
	require.Equal(t, `pattern: check_inventory: ^ stock {product}
read as: stok=stock
cut: location "Leeds" at 15
cut: sku "ABC123" at 5
unexplained: ["pronto"]
`, r.Trace.String())

	r = nlp.Parse("check stock market news", wednesday())
	require.Equal(t, nlp.Unknown, r.Intent)
	require.Len(t, r.Trace.Blocked, 1)
	require.Contains(t, r.Trace.String(), "pattern: none\nblocked: check_inventory by: (stock|share) (market|")
}

func TestResultJSON(t *testing.T) {
	t.Parallel()
	r := nlp.Parse("sales report for last month for Leeds", wednesday())
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.Equal(t, `{"text":"sales report for last month for Leeds","intent":"generate_report","confidence":0.95,`+
		`"entities":{"report_type":"sales","date_range":{"name":"last_month","start":"2026-06-01","end":"2026-06-30"},"location":"Leeds"}}`, string(b))
	var back nlp.Result
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, r.Entities, back.Entities)

	b, err = json.Marshal(nlp.Parse("hi", wednesday()))
	require.NoError(t, err)
	require.Equal(t, `{"text":"hi","intent":"unknown","confidence":0,"entities":{}}`, string(b))
}

func TestAllIntents(t *testing.T) {
	t.Parallel()
	all := nlp.All()
	require.Len(t, all, 16)
	require.Equal(t, nlp.Unknown, all[15])
	require.True(t, nlp.ReorderStock.Valid())
	require.False(t, nlp.Intent("dance").Valid())
}

func TestParseLooksAtABoundedText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("la ", 5000)
	require.Equal(t, nlp.Unknown, nlp.Parse(long+"stock ABC123", wednesday()).Intent)
	require.Equal(t, nlp.CheckInventory, nlp.Parse("stock ABC123. "+long, wednesday()).Intent)
}

// hardTexts are 1,600-character texts meant to make matching slow.
func hardTexts() map[string]string {
	texts := map[string]string{}
	for name, unit := range map[string]string{
		"how many":  "how many do we have any stock of ",
		"order":     "order 50 order from order for ",
		"alerts":    "show me the critical low stock alerts ",
		"reports":   "generate me the sales report for last week ",
		"numbers":   "hundred and ",
		"digits":    "1,000 ",
		"dates":     "last 7 days since 2026-07-01 to ",
		"places":    "in at the to Leeds warehouse 2 ",
		"letters":   "aaaaaaaaaa",
		"commas":    "stock,",
		"combining": "e\u0301\u0302\u0303",
		"ligature":  "\ufdfa",
		"misspelt":  "stok invetory reordr aletrs ",
		"newlines":  "stock\n",
		"questions": "what is the how do i ",
	} {
		texts[name] = string([]rune(strings.Repeat(unit, 1600))[:1600])
	}
	return texts
}

func TestParseIsQuickWhateverTheText(t *testing.T) { //nolint:paralleltest // it measures time
	for name, text := range hardTexts() {
		best := time.Hour
		for range 5 {
			start := time.Now()
			nlp.Parse(text, wednesday())
			best = min(best, time.Since(start))
		}
		t.Logf("%-10s %v", name, best)
		require.Less(t, best, slowdown*5*time.Millisecond, name)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"stock", "stock ABC123"},
		{"question", "Hi, how many bags of Sumatra do we have left in Leeds?"},
		{"order", "please reorder 12 bags of Kenya AA from Falcon Imports"},
		{"report", "can you send me the sales report for last week"},
		{"unknown", "good morning team, see you all at the pub at six"},
		{"emoji", "what’s the stock level of “Kenya AA” 👀"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			at := wednesday()
			for b.Loop() {
				nlp.Parse(bb.text, at)
			}
		})
	}
	for name, text := range hardTexts() {
		b.Run("1600 "+name, func(b *testing.B) {
			at := wednesday()
			for b.Loop() {
				nlp.Parse(text, at)
			}
		})
	}
}
