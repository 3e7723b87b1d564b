package agent

import (
	"ferry/app"
	"ferry/nlp"
)

// Entity names a detail of a message, by its key in nlp.Entities.
type Entity string

// The entities that routes speak of.
const (
	EntityProduct      Entity = "product"
	EntitySKU          Entity = "sku"
	EntityQuantity     Entity = "quantity"
	EntityQuantityMode Entity = "quantity_mode"
	EntityAlertID      Entity = "alert_id"
	EntitySeverity     Entity = "severity"
	EntityCategory     Entity = "category"
	EntityReportType   Entity = "report_type"
	EntityDateRange    Entity = "date_range"
	EntitySupplier     Entity = "supplier"
	EntityLocation     Entity = "location"
	EntityAgent        Entity = "agent"
)

// Need is something that a route has to know: any one of its entities. The
// first is the one that a person is asked for (app.Trouble.Missing).
type Need struct {
	AnyOf []Entity
	// Reports limits the need to these report types; nil means always.
	Reports []app.ReportType
}

// Handling says what becomes of an intent.
type Handling string

// The ways of handling an intent.
const (
	ByAgent  Handling = "agent"   // the route's agent runs
	Directly Handling = "direct"  // ferry answers with the route's template; no agent
	NotYet   Handling = "not_yet" // understood, but the agent is not built: app.NotYet
)

// Route says how one intent is served: the seed's AGENT_MAPPINGS (§2.3).
type Route struct {
	Handling Handling
	Agent    Type           // "" when none runs, or when the agent entity names it
	Needs    []Need         // all of them; what is missing is asked for
	Optional []Entity       // used when they are there
	Config   map[string]any // the agent's default configuration; only read
	Template string         // persona's template of the result
	Role     app.Role       // the least role that may ask
}

// Routes has one route for each intent of package nlp, Unknown included. It is
// only read. Where it departs from the seed's table: "show alerts" works
// without a severity and a category, and a report needs a date range only when
// it is about a span of time.
var Routes = map[nlp.Intent]Route{
	nlp.CheckInventory: {
		Handling: ByAgent, Agent: InventoryMonitor, Role: app.RoleViewer, Template: "inventory_check_result",
		Needs: []Need{aProduct}, Optional: []Entity{EntityLocation},
	},
	nlp.ReorderStock: {
		Handling: NotYet, Agent: Reorder, Role: app.RoleOperator, Template: "reorder_proposal",
		Needs: []Need{aProduct}, Optional: []Entity{EntityQuantity, EntitySupplier},
	},
	nlp.UpdateStock: {
		Handling: NotYet, Agent: InventoryMonitor, Role: app.RoleOperator, Template: "stock_updated",
		Needs: []Need{aProduct, need(EntityQuantity)}, Optional: []Entity{EntityQuantityMode, EntityLocation},
	},

	nlp.ViewAlerts: {
		Handling: ByAgent, Agent: AlertGenerator, Role: app.RoleViewer, Template: "alert_summary",
		Optional: []Entity{EntitySeverity, EntityCategory},
		// The seed's. It is how urgent the run is (see Priority), not a filter:
		// who asks for alerts means all of them.
		Config: map[string]any{"priority": "high"},
	},
	nlp.AcknowledgeAlert: {
		Handling: NotYet, Agent: AlertGenerator, Role: app.RoleOperator, Template: "alert_acknowledged",
		Needs: []Need{need(EntityAlertID)},
	},
	nlp.ResolveAlert: {
		Handling: NotYet, Agent: AlertGenerator, Role: app.RoleOperator, Template: "alert_resolved",
		Needs: []Need{need(EntityAlertID)},
	},

	nlp.GenerateReport: {
		Handling: ByAgent, Agent: ReportGenerator, Role: app.RoleViewer, Template: "report_ready",
		Needs: []Need{
			need(EntityReportType),
			{AnyOf: []Entity{EntityDateRange}, Reports: []app.ReportType{app.ReportSales, app.ReportFinancial}},
		},
		Optional: []Entity{EntityDateRange, EntityLocation},
	},
	nlp.ViewMetrics: {
		Handling: NotYet, Agent: ReportGenerator, Role: app.RoleViewer, Template: "metrics_summary",
		Optional: []Entity{EntityReportType, EntityDateRange},
	},
	nlp.DailyDigest: {Handling: NotYet, Agent: Digest, Role: app.RoleViewer, Template: "daily_digest"},

	nlp.CheckSupplier: {
		Handling: NotYet, Agent: SupplierMonitor, Role: app.RoleViewer, Template: "supplier_details",
		Needs: []Need{need(EntitySupplier, EntityProduct, EntitySKU)},
	},
	nlp.SupplierPerformance: {
		Handling: NotYet, Agent: SupplierMonitor, Role: app.RoleViewer, Template: "supplier_performance",
		Optional: []Entity{EntitySupplier, EntityDateRange},
	},

	nlp.RunAgent: {
		Handling: NotYet, Role: app.RoleOperator, Template: "agent_started",
		Needs: []Need{need(EntityAgent)},
	},
	nlp.StopAgent: {
		Handling: NotYet, Role: app.RoleAdmin, Template: "agent_stopped",
		Needs: []Need{need(EntityAgent)},
	},
	nlp.AgentStatus: {
		Handling: NotYet, Role: app.RoleViewer, Template: "agent_status",
		Optional: []Entity{EntityAgent},
	},

	nlp.Help:    {Handling: Directly, Role: app.RoleViewer, Template: "help"},
	nlp.Unknown: {Handling: Directly, Role: app.RoleViewer, Template: string(app.TextUnknownCommand)},
}

var aProduct = need(EntityProduct, EntitySKU)

func need(anyOf ...Entity) Need { return Need{AnyOf: anyOf} }

// Missing returns the first thing that a route needs and a message does not
// say, named as app.Trouble.Missing names it; false when nothing is missing.
func (r Route) Missing(e nlp.Entities) (Entity, bool) {
	for _, n := range r.Needs {
		if !n.met(e) {
			return n.AnyOf[0], true
		}
	}
	return "", false
}

func (n Need) met(e nlp.Entities) bool {
	if n.Reports != nil {
		concerns := false
		for _, t := range n.Reports {
			concerns = concerns || e.ReportType == string(t)
		}
		if !concerns {
			return true
		}
	}
	for _, entity := range n.AnyOf {
		if entity.in(e) {
			return true
		}
	}
	return false
}

// in says that a message names the entity.
func (x Entity) in(e nlp.Entities) bool {
	switch x {
	case EntityProduct:
		return e.Product != ""
	case EntitySKU:
		return e.SKU != ""
	case EntityQuantity:
		return e.Quantity != nil
	case EntityQuantityMode:
		return e.QuantityMode != ""
	case EntityAlertID:
		return e.AlertID != ""
	case EntitySeverity:
		return e.Severity != ""
	case EntityCategory:
		return e.Category != ""
	case EntityReportType:
		return e.ReportType != ""
	case EntityDateRange:
		return e.DateRange != nil
	case EntitySupplier:
		return e.Supplier != ""
	case EntityLocation:
		return e.Location != ""
	case EntityAgent:
		return e.Agent != ""
	}
	return false
}

// Priority is the seed's calculatePriority (§3.3), in its order of rules: the
// higher the sooner.
func Priority(persona app.Persona, t Type) int {
	switch {
	case persona == app.PersonaStreamliner:
		return 10
	case t == AlertGenerator:
		return 9
	case t == InventoryMonitor:
		return 8
	default:
		return 5
	}
}

// RiverPriority turns a priority of Priority into River's, 1 (first) to 4.
func RiverPriority(priority int) int {
	switch {
	case priority >= 10:
		return 1
	case priority == 9:
		return 2
	case priority == 8:
		return 3
	default:
		return 4
	}
}
