// Package nlp understands what people write: text in; intent, confidence,
// entities and a trace out. It is pure: no database, no network, no clock of
// its own. A Catalogue and Places, built from a company's own names, turn the
// words that were cut out of a text into that company's products and places.
package nlp

import "slices"

// Intent is what a person wants, under the seed's names.
type Intent string

// The intents of the seed, and Unknown for everything else.
const (
	CheckInventory      Intent = "check_inventory"
	ReorderStock        Intent = "reorder_stock"
	UpdateStock         Intent = "update_stock"
	ViewAlerts          Intent = "view_alerts"
	AcknowledgeAlert    Intent = "acknowledge_alert"
	ResolveAlert        Intent = "resolve_alert"
	GenerateReport      Intent = "generate_report"
	ViewMetrics         Intent = "view_metrics"
	DailyDigest         Intent = "daily_digest"
	CheckSupplier       Intent = "check_supplier"
	SupplierPerformance Intent = "supplier_performance"
	RunAgent            Intent = "run_agent"
	StopAgent           Intent = "stop_agent"
	AgentStatus         Intent = "agent_status"
	Help                Intent = "help"
	Unknown             Intent = "unknown"
)

// All lists every intent in the seed's order, Unknown last. The slice is the
// caller's own.
func All() []Intent {
	return []Intent{
		CheckInventory, ReorderStock, UpdateStock,
		ViewAlerts, AcknowledgeAlert, ResolveAlert,
		GenerateReport, ViewMetrics, DailyDigest,
		CheckSupplier, SupplierPerformance,
		RunAgent, StopAgent, AgentStatus,
		Help, Unknown,
	}
}

// Valid says that i is one of All.
func (i Intent) Valid() bool { return slices.Contains(All(), i) }
