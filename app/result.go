package app

import (
	"time"

	"github.com/google/uuid"
)

// Result is what an agent found out, or what ferry itself has to say: facts,
// no words. package persona turns a Result into text by its template's name
// and may never change a number in it. Results are stored as JSON in
// agent_execution_queue.result.
type Result interface {
	// Template names the persona template that tells the result.
	Template() string
}

// ProductRef names a product to a person.
type ProductRef struct {
	SKU  string `json:"sku"`
	Name string `json:"name"`
}

// PlaceStock is a product's quantity at one place.
type PlaceStock struct {
	Location     string    `json:"location"`
	Quantity     int       `json:"quantity"`
	ReorderPoint int       `json:"reorder_point"` // this place's share of the product's reorder point, by its share of sales
	UpdatedAt    time.Time `json:"updated_at"`
}

// Low says that the place is under its reorder point.
func (p PlaceStock) Low() bool { return p.Quantity < p.ReorderPoint }

// LastReorder is the newest purchase order of a product.
type LastReorder struct {
	Number     string     `json:"number"`
	Supplier   string     `json:"supplier"`
	OrderedOn  time.Time  `json:"ordered_on"`
	Quantity   int        `json:"quantity"`
	ExpectedOn *time.Time `json:"expected_on,omitempty"`
	ReceivedOn *time.Time `json:"received_on,omitempty"` // nil: still on its way
}

// AdviceKind says what a recommendation recommends.
type AdviceKind string

// The kinds of advice about a product's stock.
const (
	AdviceReorder   AdviceKind = "reorder"    // order Quantity units from Supplier
	AdviceAwait     AdviceKind = "await"      // Quantity units are already on order, due On
	AdviceMove      AdviceKind = "move"       // move Quantity units From one place To another
	AdviceHealthy   AdviceKind = "healthy"    // nothing to do
	AdviceSlowMover AdviceKind = "slow_mover" // no sales in the window, with stock on hand
)

// Advice is one recommendation with the figures that it rests on.
type Advice struct {
	Kind     AdviceKind `json:"kind"`
	Quantity int        `json:"quantity,omitempty"`
	Supplier string     `json:"supplier,omitempty"`
	From     string     `json:"from,omitempty"`
	To       string     `json:"to,omitempty"`
	On       *time.Time `json:"on,omitempty"`
}

// StockResult answers "how many X do we have?".
type StockResult struct {
	Product      ProductRef    `json:"product"`
	Unit         string        `json:"unit"`          // "" means units
	Location     string        `json:"location"`      // the place asked about; "" means all places
	Quantity     int           `json:"quantity"`      // at Location, or over all Places
	Places       []PlaceStock  `json:"places"`        // every place of the company that holds or sells it, by name
	Total        int           `json:"total"`         // over all Places
	ReorderPoint int           `json:"reorder_point"` // of the whole company
	ReorderGiven bool          `json:"reorder_given"` // set by the company; false: computed from usage, lead time and safety stock
	SafetyStock  int           `json:"safety_stock"`
	LeadTimeDays int           `json:"lead_time_days"`
	DailyUsage   float64       `json:"daily_usage"` // mean units sold a day over UsageDays
	UsageDays    int           `json:"usage_days"`
	CoverageDays *int          `json:"coverage_days,omitempty"` // Total / DailyUsage, rounded down; nil: no sales to judge by
	LastReorder  *LastReorder  `json:"last_reorder,omitempty"`
	Advice       []Advice      `json:"advice"`
	UpdatedAt    time.Time     `json:"updated_at"` // newest change of the quantities
	At           time.Time     `json:"at"`         // when it was asked
	QueryTime    time.Duration `json:"query_time_ns"`
}

// Low says that the company as a whole is under the reorder point.
func (r StockResult) Low() bool { return r.Total < r.ReorderPoint }

// Template implements Result.
func (StockResult) Template() string { return "inventory_check_result" }

// Severity of an alert.
type Severity string

// The severities, worst first.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
)

// Severities lists the severities, worst first.
var Severities = []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}

// Alert is one active alert of a company.
type Alert struct {
	ID           uuid.UUID  `json:"id"`
	Number       int        `json:"number"`   // short, unique within the company: what people type
	Category     string     `json:"category"` // low_stock or out_of_stock
	Severity     Severity   `json:"severity"`
	Product      ProductRef `json:"product"`
	Location     string     `json:"location,omitempty"`
	Quantity     int        `json:"quantity"`
	ReorderPoint int        `json:"reorder_point"`
	RaisedAt     time.Time  `json:"raised_at"`
}

// AlertsResult answers "show alerts".
type AlertsResult struct {
	Severity Severity         `json:"severity,omitempty"` // the filter asked for; "" means all
	Category string           `json:"category,omitempty"` // the filter asked for; "" means all
	Count    int              `json:"count"`
	Counts   map[Severity]int `json:"counts"`
	Alerts   []Alert          `json:"alerts"` // worst first, then newest; at most 10
	At       time.Time        `json:"at"`
}

// Template implements Result.
func (AlertsResult) Template() string { return "alert_summary" }

// ReportType is one of the seed's four reports.
type ReportType string

// The report types.
const (
	ReportInventory ReportType = "inventory"
	ReportSales     ReportType = "sales"
	ReportSupplier  ReportType = "supplier"
	ReportFinancial ReportType = "financial"
)

// ReportTypes lists the report types in the seed's order.
var ReportTypes = []ReportType{ReportInventory, ReportSales, ReportSupplier, ReportFinancial}

// DateRange is a span of whole days in a person's zone, both ends included.
type DateRange struct {
	Name  string    `json:"name"` // "this_week", or "2026-07-01..2026-07-09"
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// FigureKind says how a figure is written.
type FigureKind string

// The kinds of figure.
const (
	FigureCount   FigureKind = "count"
	FigureMoney   FigureKind = "money" // in the company's currency
	FigurePercent FigureKind = "percent"
	FigureDays    FigureKind = "days"
)

// Figure is one number of a report.
type Figure struct {
	Label string     `json:"label"` // "Units sold"
	Kind  FigureKind `json:"kind"`
	Value float64    `json:"value"`
}

// ReportRow is one line of a report's short ranking ("top sellers").
type ReportRow struct {
	Name  string     `json:"name"`
	Kind  FigureKind `json:"kind"`
	Value float64    `json:"value"`
}

// ReportResult answers "generate X report": a summary with its figures.
type ReportResult struct {
	Type     ReportType  `json:"type"`
	Range    DateRange   `json:"range"`
	Currency string      `json:"currency"` // ISO 4217
	Figures  []Figure    `json:"figures"`
	TopTitle string      `json:"top_title,omitempty"`
	Top      []ReportRow `json:"top,omitempty"` // at most 5
	At       time.Time   `json:"at"`
}

// Template implements Result.
func (ReportResult) Template() string { return "report_ready" }

// HelpResult answers "help".
type HelpResult struct{}

// Template implements Result.
func (HelpResult) Template() string { return "help" }

// ProductUnknown says that no product of the company is meant by the words.
type ProductUnknown struct {
	Asked   string       `json:"asked"`
	Nearest []ProductRef `json:"nearest"` // best first, at most 3; empty: nothing is near
}

// Template implements Result.
func (ProductUnknown) Template() string { return "product_unknown" }

// PlaceUnknown says that the company has no place of that name.
type PlaceUnknown struct {
	Asked  string   `json:"asked"`
	Places []string `json:"places"` // the places there are, by name
}

// Template implements Result.
func (PlaceUnknown) Template() string { return "place_unknown" }

// NotYet says honestly that ferry understood the wish but cannot do it here.
type NotYet struct {
	Intent string `json:"intent"`
}

// Template implements Result.
func (NotYet) Template() string { return "not_yet" }

// Trouble tells a person that something failed, or what is still needed.
type Trouble struct {
	Text    ErrorText `json:"text"`
	Missing string    `json:"missing,omitempty"` // with TextMissingEntity: product, date_range or report_type
}

// Template implements Result.
func (t Trouble) Template() string { return string(t.Text) }

// Acknowledgement is the seed's "message received" text.
type Acknowledgement struct{}

// Template implements Result.
func (Acknowledgement) Template() string { return "acknowledgement" }
