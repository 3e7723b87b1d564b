package persona

import (
	"strconv"

	"ferry/app"
)

// alertsView is what templates see of an AlertsResult.
type alertsView struct {
	Severity     string // the filter, "" for all
	SeverityCode string // the same in a record: "CRITICAL"
	CategoryName string // the filter as an identifier (low_stock), "" for all
	Category     string // the filter in words
	Count        string
	None         bool // no alert is active
	One          bool // a single alert is active
	Critical     string
	High         string
	Medium       string
	Low          string

	Alerts []alertView
	First  *alertView   // the worst of them; nil without any
	Places []alertPlace // Alerts by place, in the order of their first alert
	Listed string       // how many Alerts there are
	More   string       // how many more are active; "" when all are listed

	At string
}

type alertView struct {
	Number       string
	Severity     string
	SeverityCode string // "CRITICAL"
	CategoryName string // "low_stock"
	SKU          string
	Name         string
	Product      string
	Location     string // "" for the whole company
	Quantity     string
	ReorderPoint string
	Out          bool
	RaisedAt     string
}

type alertPlace struct {
	Name   string // "" for the whole company
	Alerts []alertView
}

func (v voice) alerts(r app.AlertsResult) *alertsView {
	view := &alertsView{
		Severity:     nameOrNone(string(r.Severity)),
		SeverityCode: code(string(r.Severity)),
		CategoryName: nameOrNone(r.Category),
		Category:     words(r.Category),
		Count:        v.count(r.Count),
		None:         r.Count == 0,
		One:          r.Count == 1,
		Critical:     v.count(r.Counts[app.SeverityCritical]),
		High:         v.count(r.Counts[app.SeverityHigh]),
		Medium:       v.count(r.Counts[app.SeverityMedium]),
		Low:          v.count(r.Counts[app.SeverityLow]),
		Alerts:       make([]alertView, 0, len(r.Alerts)),
		Listed:       v.count(len(r.Alerts)),
		At:           v.instant(r.At),
	}
	for _, a := range r.Alerts {
		view.Alerts = append(view.Alerts, v.alert(a))
	}
	if len(view.Alerts) > 0 {
		view.First = &view.Alerts[0]
	}
	if more := r.Count - len(r.Alerts); more > 0 {
		view.More = v.count(more)
	}
	view.Places = byPlace(view.Alerts)
	return view
}

func (v voice) alert(a app.Alert) alertView {
	return alertView{
		Number:       strconv.Itoa(a.Number), // a handle that people type back: never 1,234
		Severity:     nameOrNone(string(a.Severity)),
		SeverityCode: v.known(code(string(a.Severity))),
		CategoryName: v.known(nameOrNone(a.Category)),
		SKU:          name(a.Product.SKU),
		Name:         v.productName(a.Product),
		Product:      v.product(a.Product),
		Location:     nameOrNone(a.Location),
		Quantity:     v.count(a.Quantity),
		ReorderPoint: v.count(a.ReorderPoint),
		Out:          a.Quantity <= 0,
		RaisedAt:     v.instant(a.RaisedAt),
	}
}

func byPlace(alerts []alertView) []alertPlace {
	var places []alertPlace
	index := make(map[string]int, len(alerts))
	for _, a := range alerts {
		i, known := index[a.Location]
		if !known {
			i = len(places)
			index[a.Location] = i
			places = append(places, alertPlace{Name: a.Location})
		}
		places[i].Alerts = append(places[i].Alerts, a)
	}
	return places
}
