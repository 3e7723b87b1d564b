package persona

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

// hostileNames are the seeds of the fuzz targets.
var hostileNames = []string{
	"Earl Grey", "AB_12_X", "*bold*", "_it_ ~st~ `m` ```mono```", "a*b*c", "a *", "* a", "**", "*_*", "x\n*y*\n", "> quote", ">", "- item", "1. item",
	"{{.}}", "{{template \"stock_advice\" .}}", "{{/*", "\u202Eevil\u202C", "a\u200D*b*", "é\u0301*x*", "[ALERT]", "Key: value", "…", "\xff*\xfe*",
	"👨‍👩‍👧‍👦*", "中*粗*文", "²*2*²", "%s %d", "$1", "s", "boxes*", "case of *12*", "critical", "", " ", strings.Repeat("*a", 99), "..",
}

// styled is another way than pairs to find what WhatsApp would print in
// another style: a character * _ ~ with something else than a letter or digit
// before, its twin with the like behind, and no space just inside.
var styled = []*regexp.Regexp{
	regexp.MustCompile(`(?m)(^|[^\p{L}\p{Nd}])\*(\S|\S.*?\S)\*($|[^\p{L}\p{Nd}])`),
	regexp.MustCompile(`(?m)(^|[^\p{L}\p{Nd}])_(\S|\S.*?\S)_($|[^\p{L}\p{Nd}])`),
	regexp.MustCompile(`(?m)(^|[^\p{L}\p{Nd}])~(\S|\S.*?\S)~($|[^\p{L}\p{Nd}])`),
}

// beginsBlock finds lines that WhatsApp prints as a quote or a list.
var beginsBlock = regexp.MustCompile(`(?m)^\s*[>*-] `)

// unprintable finds control characters but the newline, and direction marks.
var unprintable = regexp.MustCompile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u202A-\u202E\u2066-\u2069]")

// shape is what names may not change about a text.
type shape struct {
	lines                 int
	bold, italic, struck  int
	backticks, blockLines int
}

func shapeOf(text string) shape {
	return shape{
		lines:      strings.Count(text, "\n"),
		bold:       len(styled[0].FindAllString(text, -1)),
		italic:     len(styled[1].FindAllString(text, -1)),
		struck:     len(styled[2].FindAllString(text, -1)),
		backticks:  strings.Count(text, "`"),
		blockLines: len(beginsBlock.FindAllString(text, -1)),
	}
}

// named gives results whose every text from outside is s.
func named(s string) []app.Result {
	product := app.ProductRef{SKU: s + "1", Name: s}
	stock := lowStock()
	stock.Product, stock.Unit, stock.Location = product, s, s
	for i := range stock.Places {
		stock.Places[i].Location = s
	}
	order := *stock.LastReorder
	order.Number, order.Supplier = s, s
	stock.LastReorder = &order
	stock.Advice = []app.Advice{
		{Kind: app.AdviceReorder, Quantity: 1, Supplier: s},
		{Kind: app.AdviceAwait, Quantity: 1, Supplier: s},
		{Kind: app.AdviceMove, Quantity: 2, From: s, To: s},
	}
	anywhere := stock
	anywhere.Location = ""
	alert := app.Alert{Number: 3, Category: s, Severity: app.SeverityHigh, Product: product, Location: s}
	return []app.Result{
		stock, anywhere,
		app.AlertsResult{Severity: app.Severity(s), Category: s, Count: 9, Alerts: []app.Alert{alert, alert}},
		app.ReportResult{
			Type: app.ReportType(s), Range: app.DateRange{Name: s, Start: date(2026, 7, 1), End: date(2026, 7, 2)}, Currency: s,
			Figures:  []app.Figure{{Label: s, Kind: app.FigureMoney, Value: 5}, {Label: s, Kind: app.FigureDays, Value: 5}},
			TopTitle: s, Top: []app.ReportRow{{Name: s, Kind: app.FigurePercent, Value: 5}},
		},
		app.ProductUnknown{Asked: s, Nearest: []app.ProductRef{product, product}},
		app.PlaceUnknown{Asked: s, Places: []string{s, s}},
		app.NotYet{Intent: s},
	}
}

// FuzzRender proves that no name can style a text, begin a line, or act as a
// template: whatever it is, the text has the shape that it has with "Plain".
func FuzzRender(f *testing.F) {
	for _, s := range hostileNames {
		f.Add(s)
	}
	var want []shape
	for _, result := range named("Plain") {
		for _, p := range app.Personas {
			text, err := Render(p, result, nil)
			require.NoError(f, err)
			want = append(want, shapeOf(text))
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // a missing name is another text
		}
		for i, result := range named(s) {
			for j, p := range app.Personas {
				got, err := Render(p, result, nil)
				require.NoError(t, err)
				require.Equal(t, want[i*len(app.Personas)+j], shapeOf(got), "%s %T:\n%s", p, result, got)
				require.False(t, unprintable.MatchString(got), "%s %T:\n%q", p, result, got)
				if _, unknown := result.(app.ProductUnknown); unknown {
					require.Contains(t, got, name(s), "a template in a name stays literal")
				}
			}
		}
	})
}

func TestPairs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"bold", "a *b c* d", []string{"*b c*"}},
		{"all kinds", "*b* _i_ ~s~ `c`", []string{"*b*", "_i_", "~s~", "`c`"}},
		{"nested", "*b _i_ c*", []string{"*b _i_ c*", "_i_"}},
		{"within words", "AB_12_X 5*3*2", nil},
		{"spaces inside", "* a * b", nil},
		{"not over lines", "*a\nb*", nil},
		{"fence over lines", "x ```a\n\nb``` y", []string{"```a\n\nb```"}},
		{"open fence", "x ```a", nil},
		{"punctuation around", "(*b*), *c*.", []string{"*b*", "*c*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range pairs(tt.text) {
				if found := tt.text[p.open : p.end+1]; !strings.HasPrefix(found, "``") || strings.HasPrefix(found, fence) {
					got = append(got, found)
				}
			}
			require.Equal(t, tt.want, got)
		})
	}
}
