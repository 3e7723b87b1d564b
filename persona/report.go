package persona

import (
	"cmp"
	"strings"
	"unicode"

	"ferry/app"
)

// reportView is what templates see of a ReportResult.
type reportView struct {
	Type     string // "Sales"
	TypeName string // "sales"
	Period   string // "Last week (29 Jun to 5 Jul 2026)"
	From, To string
	Currency string
	Figures  []figureView
	TopTitle string // "" without a ranking
	Top      []figureView
	At       string
}

// figureView is a labelled number, or a line of a ranking.
type figureView struct {
	Label string
	Key   string // the label as a record's key: "Units_Sold"
	Rank  string // in a ranking: "1"
	Value string
}

func (v voice) report(r app.ReportResult) *reportView {
	view := &reportView{
		Type:     capitalised(words(string(r.Type))),
		TypeName: words(string(r.Type)),
		Period:   v.period(r.Range),
		From:     v.day(r.Range.Start),
		To:       v.day(r.Range.End),
		Currency: v.known(nameOrNone(r.Currency)),
		Figures:  make([]figureView, 0, len(r.Figures)),
		At:       v.instant(r.At),
	}
	for _, f := range r.Figures {
		view.Figures = append(view.Figures, figureView{
			Label: name(f.Label),
			Key:   key(f.Label, f.Kind),
			Value: v.figure(f.Kind, f.Value, r.Currency),
		})
	}
	if len(r.Top) > 0 {
		view.TopTitle = cmp.Or(nameOrNone(r.TopTitle), "Top")
	}
	for i, row := range r.Top {
		view.Top = append(view.Top, figureView{
			Label: name(row.Name),
			Key:   key("Value", row.Kind),
			Rank:  v.count(i + 1),
			Value: v.figure(row.Kind, row.Value, r.Currency),
		})
	}
	return view
}

// period writes a range by its name and its days: "Last week (29 Jun to 5 Jul
// 2026)"; by its days alone when it is named by them
// ("2026-07-01..2026-07-09").
func (v voice) period(r app.DateRange) string {
	days := v.span(r.Start, r.End)
	if r.Name == "" || strings.Contains(r.Name, "..") {
		return days
	}
	named := capitalised(words(r.Name))
	if days == "" {
		return named
	}
	return named + " (" + days + ")"
}

// key makes a record's key of a label ("Units sold" becomes "Units_Sold") and
// puts the unit of a bare number at its end.
func key(label string, kind app.FigureKind) string {
	parts := strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch kind {
	case app.FigurePercent:
		parts = append(parts, "Percent")
	case app.FigureDays:
		if len(parts) == 0 || !strings.EqualFold(parts[len(parts)-1], "days") {
			parts = append(parts, "Days")
		}
	case app.FigureCount, app.FigureMoney:
	}
	for i, part := range parts {
		parts[i] = capitalised(part)
	}
	if len(parts) == 0 {
		return "Figure"
	}
	return strings.TrimRight(strings.TrimSuffix(bound(strings.Join(parts, "_")), ellipsis), "_")
}
