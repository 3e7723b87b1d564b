package persona

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

// rounds is how many random results each property is checked with.
const rounds = 150

// figures collects every number and time that a text about one result may
// hold, written by other means than the package's.
type figures struct {
	numbers map[string]bool // without commas
	times   map[string]bool
}

func newFigures() figures { return figures{numbers: map[string]bool{}, times: map[string]bool{}} }

func (f figures) number(values ...int) {
	for _, n := range values {
		f.numbers[strconv.Itoa(n)] = true
	}
}

func (f figures) float(x float64, places int) {
	digits := strconv.FormatFloat(x, 'f', places, 64)
	f.numbers[digits] = true
	if strings.Contains(digits, ".") {
		f.numbers[strings.TrimSuffix(strings.TrimRight(digits, "0"), ".")] = true
	}
}

func (f figures) day(days ...time.Time) {
	for _, d := range days {
		f.times[d.Format("2 Jan 2006")] = true
		f.times[d.Format("2006-01-02")] = true
	}
}

func (f figures) instant(loc *time.Location, moments ...time.Time) {
	for _, m := range moments {
		f.times[m.In(loc).Format("2 Jan 2006, 15:04")] = true
		f.times[m.In(loc).Format(time.RFC3339)] = true
	}
}

var (
	timeToken = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:]+(Z|[+-]\d\d:\d\d)|\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]{2} \d{4}(, \d\d:\d\d)?`)
	// numberToken ends before the unit: Query_Time has its ms at the digits.
	numberToken = regexp.MustCompile(`-?\d[\d,]*(\.\d+)?`)
)

// foreign lists what a text prints that is not of the result.
func (f figures) foreign(text string) []string {
	var found []string
	rest := timeToken.ReplaceAllStringFunc(text, func(token string) string {
		if !f.times[token] {
			found = append(found, token)
		}
		return " "
	})
	for _, token := range numberToken.FindAllString(rest, -1) {
		if !f.numbers[strings.ReplaceAll(strings.TrimSuffix(token, ","), ",", "")] {
			found = append(found, token)
		}
	}
	return found
}

// agreement is a figure that personas show in their own places: each pattern
// that matches a text must give the same number.
type agreement struct {
	name     string
	want     string
	patterns []*regexp.Regexp
}

func (a agreement) check(t *testing.T, p app.Persona, text string) (shown bool) {
	t.Helper()
	for _, pattern := range a.patterns {
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			shown = true
			require.Equal(t, a.want, strings.ReplaceAll(match[1], ",", ""), "%s of %s in:\n%s", a.name, p, text)
		}
	}
	return shown
}

const num = `(-?[\d,]+)`

var (
	quantityPatterns = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^In stock(?: at [^:]+)?: ` + num + ` `),
		regexp.MustCompile(`(?m)^📦 [^*:]+: ` + num + ` `),
		regexp.MustCompile(`(?m)^Current Stock(?: at [^:]+)?: ` + num + ` `),
		regexp.MustCompile(`(?m)^You asked about: [^,]+, ` + num + ` `),
		regexp.MustCompile(`(?m)^Result: ` + num + ` `),
		regexp.MustCompile(`^\[INVENTORY_QUERY_RESULT\]\n(?:.+\n)*?Quantity: ` + num + `\n`),
	}
	totalPatterns = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^(?:In all places|All Locations|Total Network|In all your places): ` + num + ` `),
		regexp.MustCompile(`(?m)^Total_Quantity: ` + num + `$`),
	}
	reorderPatterns = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^(?:Reorder point|Reorder Point|Network Reorder Point): ` + num),
		regexp.MustCompile(`(?m)^Your reorder point \(` + num + `\)`),
		regexp.MustCompile(`^\[INVENTORY_QUERY_RESULT\]\n(?:.+\n)*?Reorder_Point: ` + num + `\n`),
	}
	coveragePatterns = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^(?:Stock lasts|Coverage|Network Coverage)(?: \([a-z ]+\))?: ` + num + ` day`),
		regexp.MustCompile(`(?m)all your stock lasts ` + num + ` day`),
		regexp.MustCompile(`(?m)^Coverage_Days: ` + num + `$`),
	}
)

// TestStockFiguresAgree renders random stock in every persona: no number is
// printed that is not of the result, and what two personas show is the same.
func TestStockFiguresAgree(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		random := rand.New(rand.NewPCG(1, uint64(round)))
		loc := time.FixedZone("", (random.IntN(27)-12)*3600)
		r := randomStock(random)
		allowed := stockFigures(r, loc)
		agreements := []agreement{
			{"quantity", strconv.Itoa(r.Quantity), quantityPatterns},
			{"total", strconv.Itoa(r.Total), totalPatterns},
			{"reorder point", strconv.Itoa(r.ReorderPoint), reorderPatterns},
		}
		if r.CoverageDays != nil {
			agreements = append(agreements, agreement{"coverage", strconv.Itoa(*r.CoverageDays), coveragePatterns})
		}
		for _, p := range app.Personas {
			text, err := Render(p, r, loc)
			require.NoError(t, err)
			require.Empty(t, allowed.foreign(text), "round %d, %s: not of the result:\n%s", round, p, text)
			for i, a := range agreements {
				shown := a.check(t, p, text)
				if i == 0 && p != app.PersonaHub {
					require.True(t, shown, "round %d, %s hides the quantity:\n%s", round, p, text)
				}
			}
			checkPlaces(t, p, r, text)
			checkStatus(t, p, r, text)
		}
	}
}

// checkPlaces compares the lines of single places with the result.
func checkPlaces(t *testing.T, p app.Persona, r app.StockResult, text string) {
	t.Helper()
	if r.Location != "" {
		require.Contains(t, text, r.Location, "%s hides the place asked about", p)
	}
	for _, place := range r.Places {
		line := regexp.MustCompile(`(?m)^(?:• )?` + place.Location + `: (-?[\d,]+) .*(✅|⚠️)$`).FindStringSubmatch(text)
		if p == app.PersonaHub {
			require.NotNil(t, line, "the hub hides %s:\n%s", place.Location, text)
		}
		if line != nil {
			require.Equal(t, strconv.Itoa(place.Quantity), strings.ReplaceAll(line[1], ",", ""))
			require.Equal(t, place.Low(), line[2] == "⚠️", text)
		}
	}
}

// checkStatus compares what the personas say about the reorder point.
func checkStatus(t *testing.T, p app.Persona, r app.StockResult, text string) {
	t.Helper()
	low := r.Low()
	if i := slices.IndexFunc(r.Places, func(p app.PlaceStock) bool { return p.Location == r.Location }); i >= 0 {
		low = r.Places[i].Low()
	}
	switch p {
	case app.PersonaHub, app.PersonaNavigator: // they show places and advice instead
	case app.PersonaProcessor:
		require.Equal(t, low, parseRecord(t, text)[0].values["Reorder_Status"] == "REQUIRED", text)
	case app.PersonaDefault, app.PersonaStreamliner, app.PersonaSpring:
		require.Equal(t, low, strings.Contains(text, "Below reorder point!"), text)
	}
}

func stockFigures(r app.StockResult, loc *time.Location) figures {
	f := newFigures()
	f.number(r.Quantity, r.Total, r.ReorderPoint, r.SafetyStock, r.LeadTimeDays, r.UsageDays, len(r.Places), len(r.Advice))
	f.float(r.DailyUsage, 2)
	if r.DailyUsage < 0.1 {
		f.float(r.DailyUsage, 4)
	}
	f.float(r.QueryTime.Seconds()*1000, 1)
	f.instant(loc, r.UpdatedAt, r.At)
	if r.CoverageDays != nil {
		f.number(*r.CoverageDays)
	}
	for _, p := range r.Places {
		f.number(p.Quantity, p.ReorderPoint)
		f.instant(loc, p.UpdatedAt)
	}
	if o := r.LastReorder; o != nil {
		f.number(o.Quantity)
		f.day(o.OrderedOn)
		for _, day := range []*time.Time{o.ExpectedOn, o.ReceivedOn} {
			if day != nil {
				f.day(*day)
			}
		}
	}
	for _, a := range r.Advice {
		f.number(a.Quantity)
		if a.On != nil {
			f.day(*a.On)
		}
	}
	return f
}

func randomStock(random *rand.Rand) app.StockResult {
	r := app.StockResult{
		Product: app.ProductRef{SKU: "SKU-AB", Name: "Earl Grey"}, Unit: []string{"", "bag", "kg"}[random.IntN(3)],
		ReorderPoint: random.IntN(3) * random.IntN(4000), ReorderGiven: random.IntN(2) == 0, SafetyStock: random.IntN(50), LeadTimeDays: random.IntN(20),
		DailyUsage: float64(random.IntN(3)) * random.ExpFloat64(), UsageDays: random.IntN(100),
		UpdatedAt: randomTime(random), At: randomTime(random), QueryTime: time.Duration(random.IntN(50_000_000)),
	}
	for _, place := range []string{"Leeds", "London", "York", "Bath"}[:random.IntN(5)] {
		stock := app.PlaceStock{Location: place, Quantity: random.IntN(3000) - 20, ReorderPoint: random.IntN(2000), UpdatedAt: randomTime(random)}
		r.Places = append(r.Places, stock)
		r.Total += stock.Quantity
	}
	r.Quantity = r.Total
	if len(r.Places) > 0 && random.IntN(2) == 0 {
		place := r.Places[random.IntN(len(r.Places))]
		r.Location, r.Quantity = place.Location, place.Quantity
	}
	if random.IntN(2) == 0 {
		r.CoverageDays = intRef(random.IntN(2000))
	}
	if random.IntN(2) == 0 {
		r.LastReorder = &app.LastReorder{
			Number: "PO-X", Supplier: "Acme", OrderedOn: randomDay(random), Quantity: random.IntN(5000),
			ExpectedOn: maybeDay(random), ReceivedOn: maybeDay(random),
		}
	}
	for range random.IntN(4) {
		r.Advice = append(r.Advice, app.Advice{
			Kind:     []app.AdviceKind{app.AdviceReorder, app.AdviceAwait, app.AdviceMove, app.AdviceHealthy, app.AdviceSlowMover}[random.IntN(5)],
			Quantity: 1 + random.IntN(3000), Supplier: "Acme", From: "Leeds", To: "London", On: maybeDay(random),
		})
	}
	return r
}

func randomTime(random *rand.Rand) time.Time {
	return time.Unix(1_780_000_000+random.Int64N(50_000_000), random.Int64N(1_000_000_000)).UTC()
}

func randomDay(random *rand.Rand) time.Time { return date(2026, 1, 1+random.IntN(700)) }

func maybeDay(random *rand.Rand) *time.Time {
	if random.IntN(2) == 0 {
		return nil
	}
	day := randomDay(random)
	return &day
}

// TestAlertFiguresAgree is TestStockFiguresAgree for alerts.
func TestAlertFiguresAgree(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		random := rand.New(rand.NewPCG(2, uint64(round)))
		r := app.AlertsResult{Counts: map[app.Severity]int{}, At: randomTime(random)}
		allowed := newFigures()
		for _, severity := range app.Severities {
			n := random.IntN(2) * random.IntN(1500)
			r.Counts[severity] = n
			r.Count += n
			allowed.number(n)
		}
		for i := range min(r.Count, random.IntN(11)) {
			a := app.Alert{
				Number: 1 + i + random.IntN(5000), Category: "low_stock", Severity: app.Severities[random.IntN(4)],
				Product: app.ProductRef{SKU: "SKU-AB", Name: "Earl Grey"}, Location: []string{"", "Leeds", "York"}[random.IntN(3)],
				Quantity: random.IntN(2000) - 10, ReorderPoint: random.IntN(3000), RaisedAt: randomTime(random),
			}
			r.Alerts = append(r.Alerts, a)
			allowed.number(a.Number, a.Quantity, a.ReorderPoint)
			allowed.instant(time.UTC, a.RaisedAt)
		}
		allowed.number(r.Count, len(r.Alerts), r.Count-len(r.Alerts))
		allowed.instant(time.UTC, r.At)
		for _, p := range app.Personas {
			text, err := Render(p, r, nil)
			require.NoError(t, err)
			require.Empty(t, allowed.foreign(text), "round %d, %s: not of the result:\n%s", round, p, text)
			for _, severity := range []app.Severity{app.SeverityCritical, app.SeverityHigh} {
				if r.Count > 0 || p == app.PersonaProcessor {
					label := capitalised(string(severity))
					shown := agreement{label, strconv.Itoa(r.Counts[severity]), []*regexp.Regexp{regexp.MustCompile(label + ": " + num)}}.check(t, p, text)
					require.True(t, shown, "%s hides %s:\n%s", p, label, text)
				}
			}
			for _, a := range r.Alerts {
				require.Regexp(t, fmt.Sprintf(`(#|Number: )%d\b`, a.Number), text)
			}
		}
	}
}

// TestReportFiguresAgree is TestStockFiguresAgree for reports.
func TestReportFiguresAgree(t *testing.T) {
	t.Parallel()
	kinds := []app.FigureKind{app.FigureCount, app.FigureMoney, app.FigurePercent, app.FigureDays}
	places := map[app.FigureKind]int{app.FigureCount: 2, app.FigureMoney: 2, app.FigurePercent: 1, app.FigureDays: 1}
	for round := range rounds {
		random := rand.New(rand.NewPCG(3, uint64(round)))
		first := 1 + random.IntN(15)
		r := app.ReportResult{
			Type: app.ReportTypes[random.IntN(4)], Currency: "GBP", TopTitle: "Top sellers", At: randomTime(random),
			Range: app.DateRange{Name: "this_week", Start: date(2026, 7, first), End: date(2026, 7, first+1+random.IntN(15))},
		}
		allowed := newFigures()
		allowed.instant(time.UTC, r.At)
		allowed.day(r.Range.Start, r.Range.End)
		allowed.number(first, 1, 2, 3, 4, 5, 0) // the first day of "6 to 12 Jul 2026", ranks, and how many figures
		for i := range random.IntN(5) {
			kind := kinds[random.IntN(4)]
			value := random.NormFloat64() * 5000
			r.Figures = append(r.Figures, app.Figure{Label: "Figure " + string(rune('a'+i)), Kind: kind, Value: value})
			r.Top = append(r.Top, app.ReportRow{Name: "Row " + string(rune('a'+i)), Kind: kind, Value: -value})
			for _, x := range []float64{value, -value, max(value, -value)} { // the sign stands before the currency
				allowed.float(x, places[kind])
			}
		}
		for _, p := range app.Personas {
			text, err := Render(p, r, nil)
			require.NoError(t, err)
			require.Empty(t, allowed.foreign(text), "round %d, %s: not of the result:\n%s", round, p, text)
			for _, figure := range r.Figures {
				want := voice{record: p == app.PersonaProcessor}.figure(figure.Kind, figure.Value, r.Currency)
				label := figure.Label
				if p == app.PersonaProcessor {
					label = key(figure.Label, figure.Kind)
				}
				require.Contains(t, text, label+": "+want+"\n", p)
			}
		}
	}
}
