package nlp

import (
	"fmt"
	"strings"
)

// Result is what Parse made of a text.
type Result struct {
	Text   string `json:"text"` // as given
	Intent Intent `json:"intent"`
	// Confidence is 0 for Unknown, else 0.4 to 0.95; see confidence.go.
	Confidence float64  `json:"confidence"`
	Entities   Entities `json:"entities"`
	// Bare holds the words of a short text in which no command was found: it
	// may be nothing but a product's code or name. Settle looks it up.
	Bare  string `json:"-"`
	Trace Trace  `json:"-"`
}

// Entities are the details found in a text, under the contract's keys; a zero
// value means that the text does not say.
type Entities struct {
	Product      string     `json:"product,omitempty"`       // words to look up, as typed, without article or quantity
	SKU          string     `json:"sku,omitempty"`           // a code, upper case
	Quantity     *int       `json:"quantity,omitempty"`      // units
	QuantityMode string     `json:"quantity_mode,omitempty"` // set, add or remove
	AlertID      string     `json:"alert_id,omitempty"`      // without "#"; "all" when the text says so
	Severity     string     `json:"severity,omitempty"`      // critical, high, medium or low
	Category     string     `json:"category,omitempty"`      // as typed, lower case
	ReportType   string     `json:"report_type,omitempty"`   // inventory, sales, supplier or financial
	DateRange    *DateRange `json:"date_range,omitempty"`
	Supplier     string     `json:"supplier,omitempty"` // as typed
	Location     string     `json:"location,omitempty"` // as typed; see location.go
	Agent        string     `json:"agent,omitempty"`
}

// Trace says how a Result came about, for operators and for tests. It holds
// words of the message, so it must not be logged.
type Trace struct {
	Pattern  string   // the template that won; "" when none did
	Blocked  []string // guards that kept other templates from winning
	ReadAs   []string // spelling slips mended in command words, "chekc=check"
	Cuts     []Cut    // what became an entity
	Leftover []string // words that nothing explains; each lowers the confidence
}

// Cut is a piece of the text that became an entity.
type Cut struct {
	Entity string // the entity's JSON key
	Text   string // as typed
	Start  int    // byte offset in the normalised text
}

// String tells the trace in one line a step.
func (t Trace) String() string {
	var b strings.Builder
	pattern := t.Pattern
	if pattern == "" {
		pattern = "none"
	}
	fmt.Fprintf(&b, "pattern: %s\n", pattern)
	for _, g := range t.Blocked {
		fmt.Fprintf(&b, "blocked: %s\n", g)
	}
	for _, r := range t.ReadAs {
		fmt.Fprintf(&b, "read as: %s\n", r)
	}
	for _, c := range t.Cuts {
		fmt.Fprintf(&b, "cut: %s %q at %d\n", c.Entity, c.Text, c.Start)
	}
	if len(t.Leftover) > 0 {
		fmt.Fprintf(&b, "unexplained: %q\n", t.Leftover)
	}
	return b.String()
}
