package persona

import (
	"math"
	"strings"
	"time"

	"ferry/app"
)

// maxPlaces bounds the list of places in one text; those that are low come
// first when not all fit.
const maxPlaces = 30

// stockView is what templates see of a StockResult. What is not known is "",
// and a template says so in words, or NONE in a record.
type stockView struct {
	SKU  string
	Name string // "" when it says no more than the SKU; never "" in a record

	Unit         string
	Asked        string // the place asked about, "" for all
	Place        string // the place asked about, or the only one there is
	Quantity     amount // at Asked, or in all
	Total        amount
	ReorderPoint string // of the whole company; "" when there is none
	Share        string // Asked's share of it
	Low          bool   // Quantity is under Share, or without it under ReorderPoint
	Out          bool   // nothing on hand where it was asked about

	Places     []placeView // by name
	PlaceCount string
	MorePlaces string      // how many more there are than Places
	LowPlaces  []placeView // those under their share; empty when a place was asked about

	ReorderGiven bool
	SafetyStock  amount
	LeadTime     string // "7 days"
	Usage        amount // a day
	UsageDays    string // "30 days"
	Coverage     string // "12 days"
	LastReorder  *reorderView
	Advice       []adviceView
	ToDo         []adviceView // Advice without "all is well"

	UpdatedAt string
	At        string
	QueryTime string // in milliseconds
}

type placeView struct {
	Name         string
	Quantity     amount
	ReorderPoint string
	Low          bool
	UpdatedAt    string
}

type reorderView struct {
	Number     string
	Supplier   string
	OrderedOn  string
	Quantity   amount
	ExpectedOn string
	ReceivedOn string
	Overdue    bool // not received, and ExpectedOn is over
}

type adviceView struct {
	Kind     string // app.AdviceKind
	Code     string // Kind in a record: "SLOW_MOVER"
	Quantity amount
	Supplier string
	From, To string
	On       string
	Overdue  bool // On is over

	UsageDays string // the stretch of sales that the advice rests on: "30 days"
}

func (v voice) stock(r app.StockResult) *stockView {
	u := newUnit(r.Unit)
	view := &stockView{
		SKU:          name(r.Product.SKU),
		Name:         v.productName(r.Product),
		Unit:         u.one,
		Asked:        nameOrNone(r.Location),
		Quantity:     v.amount(r.Quantity, u),
		Total:        v.amount(r.Total, u),
		Low:          r.Low(),
		Out:          r.Quantity <= 0,
		PlaceCount:   v.count(len(r.Places)),
		ReorderGiven: r.ReorderGiven,
		SafetyStock:  v.amount(r.SafetyStock, u),
		Usage:        v.usage(r.DailyUsage, u),
		LastReorder:  v.lastReorder(r.LastReorder, u, r.At),
		UpdatedAt:    v.instant(r.UpdatedAt),
		At:           v.instant(r.At),
		QueryTime:    voice{record: true}.decimal(float64(r.QueryTime)/float64(time.Millisecond), 1),
	}
	view.ReorderPoint, view.Share = v.known(""), v.known("")
	view.LeadTime, view.UsageDays, view.Coverage = v.known(""), v.known(""), v.known("")
	// A computed point of zero means that sales or the lead time are missing.
	if r.ReorderGiven || r.ReorderPoint != 0 {
		view.ReorderPoint = v.count(r.ReorderPoint)
	}
	// Zero means that neither the product nor its supplier has a lead time.
	if r.LeadTimeDays > 0 {
		view.LeadTime = v.days(r.LeadTimeDays)
	}
	if r.UsageDays > 0 {
		view.UsageDays = v.days(r.UsageDays)
	}
	if r.CoverageDays != nil {
		view.Coverage = v.days(*r.CoverageDays)
	}
	v.places(view, r, u)
	v.advice(view, r, u)
	return view
}

// places fills in all that hangs on single places.
func (v voice) places(view *stockView, r app.StockResult, u unit) {
	view.Place = view.Asked
	if view.Place == "" && len(r.Places) == 1 {
		view.Place = name(r.Places[0].Location)
	}
	shown := min(len(r.Places), maxPlaces)
	if more := len(r.Places) - shown; more > 0 {
		view.MorePlaces = v.count(more)
	}
	view.Places = make([]placeView, 0, shown)
	for _, p := range lowFirst(r.Places, shown) {
		place := placeView{
			Name:         name(p.Location),
			Quantity:     v.amount(p.Quantity, u),
			ReorderPoint: v.count(p.ReorderPoint),
			Low:          p.Low(),
			UpdatedAt:    v.instant(p.UpdatedAt),
		}
		view.Places = append(view.Places, place)
		if place.Low && r.Location == "" {
			view.LowPlaces = append(view.LowPlaces, place)
		}
	}
	for _, p := range r.Places {
		if r.Location != "" && p.Location == r.Location {
			if r.ReorderGiven || r.ReorderPoint != 0 {
				view.Share = v.count(p.ReorderPoint)
			}
			view.Low = p.Low()
		}
	}
}

// lowFirst returns n of the places: all in their order when they are that few,
// else the low ones before the others.
func lowFirst(places []app.PlaceStock, n int) []app.PlaceStock {
	if len(places) <= n {
		return places
	}
	sorted := make([]app.PlaceStock, 0, 2*len(places))
	var others []app.PlaceStock
	for _, p := range places {
		if p.Low() {
			sorted = append(sorted, p)
		} else {
			others = append(others, p)
		}
	}
	return append(sorted, others...)[:n]
}

// usage writes the mean sales a day, with more decimals for what sells a few
// times a year; without sales it is empty.
func (v voice) usage(perDay float64, u unit) amount {
	if math.IsNaN(perDay) || perDay <= 0 {
		return amount{Number: v.known("")}
	}
	places := 2
	if perDay < 0.1 {
		places = 4
	}
	number := v.decimal(perDay, places)
	switch number {
	case "":
		return amount{Number: v.known("")}
	case "1":
		return amount{Number: number, InUnits: number + " " + u.one}
	default:
		return amount{Number: number, InUnits: number + " " + u.many}
	}
}

func (v voice) lastReorder(o *app.LastReorder, u unit, at time.Time) *reorderView {
	if o == nil {
		return nil
	}
	return &reorderView{
		Number:     name(o.Number),
		Supplier:   v.known(nameOrNone(o.Supplier)),
		OrderedOn:  v.day(o.OrderedOn),
		Quantity:   v.amount(o.Quantity, u),
		ExpectedOn: v.dayOrNone(o.ExpectedOn),
		ReceivedOn: v.dayOrNone(o.ReceivedOn),
		Overdue:    o.ReceivedOn == nil && v.isPast(o.ExpectedOn, at),
	}
}

func (v voice) advice(view *stockView, r app.StockResult, u unit) {
	view.Advice = make([]adviceView, 0, len(r.Advice))
	for _, a := range r.Advice {
		advice := adviceView{
			Kind:     string(a.Kind),
			Code:     code(string(a.Kind)),
			Quantity: v.amount(a.Quantity, u),
			Supplier: v.known(nameOrNone(a.Supplier)),
			From:     v.known(nameOrNone(a.From)),
			To:       v.known(nameOrNone(a.To)),
			On:       v.dayOrNone(a.On),
			Overdue:  v.isPast(a.On, r.At),

			UsageDays: view.UsageDays,
		}
		view.Advice = append(view.Advice, advice)
		if a.Kind != app.AdviceHealthy {
			view.ToDo = append(view.ToDo, advice)
		}
	}
}

// productName is the name where it tells more than the SKU; a record always
// has one.
func (v voice) productName(p app.ProductRef) string {
	switch {
	case p.Name != "" && !strings.EqualFold(p.Name, p.SKU):
		return name(p.Name)
	case v.record:
		return name(p.SKU)
	default:
		return ""
	}
}

// product names a product in a line: "Earl Grey (TEA-50)", or the SKU alone.
func (v voice) product(p app.ProductRef) string {
	sku := name(p.SKU)
	if full := v.productName(p); full != "" {
		return full + " (" + sku + ")"
	}
	return sku
}

// code writes an identifier ("slow_mover") as a record's constant.
func code(identifier string) string {
	return strings.ToUpper(nameOrNone(identifier))
}
