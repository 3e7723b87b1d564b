package agent

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/nlp"
)

func TestEveryIntentHasARoute(t *testing.T) {
	t.Parallel()
	require.Len(t, Routes, len(nlp.All()))
	for _, intent := range nlp.All() {
		r, ok := Routes[intent]
		require.True(t, ok, intent)
		require.Contains(t, []Handling{ByAgent, Directly, NotYet}, r.Handling, intent)
		require.Contains(t, app.Roles, r.Role, intent)
		require.NotEmpty(t, r.Template, intent)
		if r.Agent != "" {
			require.Contains(t, Types, r.Agent, intent)
		}
		for _, n := range r.Needs {
			require.NotEmpty(t, n.AnyOf, intent)
		}
	}
}

// What a route says can run has an agent, and the other way round: there are no
// stubs.
func TestRoutesAndRegistryAgree(t *testing.T) {
	t.Parallel()
	agents, stop := NewRegistry(Config{})
	defer stop()
	var routed []Type
	for intent, r := range Routes {
		if r.Handling == ByAgent {
			require.Contains(t, agents, r.Agent, intent)
			routed = append(routed, r.Agent)
		}
	}
	for built := range agents {
		require.True(t, slices.Contains(routed, built), built)
	}
}

// The templates that the results name are those that the routes name.
func TestRoutesNameTheTemplatesOfResults(t *testing.T) {
	t.Parallel()
	require.Equal(t, app.StockResult{}.Template(), Routes[nlp.CheckInventory].Template)
	require.Equal(t, app.AlertsResult{}.Template(), Routes[nlp.ViewAlerts].Template)
	require.Equal(t, app.ReportResult{}.Template(), Routes[nlp.GenerateReport].Template)
	require.Equal(t, app.HelpResult{}.Template(), Routes[nlp.Help].Template)
	require.Equal(t, app.Trouble{Text: app.TextUnknownCommand}.Template(), Routes[nlp.Unknown].Template)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	want := map[app.Role][]nlp.Intent{
		app.RoleViewer: {
			nlp.CheckInventory, nlp.ViewAlerts, nlp.GenerateReport, nlp.ViewMetrics, nlp.DailyDigest,
			nlp.CheckSupplier, nlp.SupplierPerformance, nlp.AgentStatus, nlp.Help, nlp.Unknown,
		},
		app.RoleOperator: {nlp.ReorderStock, nlp.UpdateStock, nlp.AcknowledgeAlert, nlp.ResolveAlert, nlp.RunAgent},
		app.RoleAdmin:    {nlp.StopAgent},
	}
	got := map[app.Role][]nlp.Intent{}
	for _, intent := range nlp.All() {
		role := Routes[intent].Role
		got[role] = append(got[role], intent)
	}
	for role := range want {
		require.ElementsMatch(t, want[role], got[role], role)
	}
	require.Len(t, got, len(want))
}

func TestMissing(t *testing.T) {
	t.Parallel()
	today := &nlp.DateRange{Name: "today"}
	for _, tc := range []struct {
		name     string
		intent   nlp.Intent
		entities nlp.Entities
		want     Entity
	}{
		{"stock of nothing", nlp.CheckInventory, nlp.Entities{Location: "Leeds"}, EntityProduct},
		{"stock by name", nlp.CheckInventory, nlp.Entities{Product: "earl grey"}, ""},
		{"stock by code", nlp.CheckInventory, nlp.Entities{SKU: "TEA-50"}, ""},
		{"alerts need nothing", nlp.ViewAlerts, nlp.Entities{}, ""},
		{"a report on nothing", nlp.GenerateReport, nlp.Entities{DateRange: today}, EntityReportType},
		{"sales of no time", nlp.GenerateReport, nlp.Entities{ReportType: "sales"}, EntityDateRange},
		{"money of no time", nlp.GenerateReport, nlp.Entities{ReportType: "financial"}, EntityDateRange},
		{"sales of today", nlp.GenerateReport, nlp.Entities{ReportType: "sales", DateRange: today}, ""},
		{"stock is of now", nlp.GenerateReport, nlp.Entities{ReportType: "inventory"}, ""},
		{"suppliers have a span of their own", nlp.GenerateReport, nlp.Entities{ReportType: "supplier"}, ""},
		{"the first of two", nlp.UpdateStock, nlp.Entities{}, EntityProduct},
		{"the second of two", nlp.UpdateStock, nlp.Entities{SKU: "TEA-50"}, EntityQuantity},
		{"a quantity of zero is one", nlp.UpdateStock, nlp.Entities{SKU: "TEA-50", Quantity: new(0)}, ""},
		{"which alert", nlp.ResolveAlert, nlp.Entities{}, EntityAlertID},
		{"which supplier", nlp.CheckSupplier, nlp.Entities{}, EntitySupplier},
		{"the supplier of a product", nlp.CheckSupplier, nlp.Entities{Product: "earl grey"}, ""},
		{"which agent", nlp.StopAgent, nlp.Entities{}, EntityAgent},
		{"help", nlp.Help, nlp.Entities{}, ""},
		{"nonsense", nlp.Unknown, nlp.Entities{}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, missing := Routes[tc.intent].Missing(tc.entities)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.want != "", missing)
		})
	}
}

// Every entity that a route speaks of is found when it is there.
func TestEntitiesAreFound(t *testing.T) {
	t.Parallel()
	full := nlp.Entities{
		Product: "x", SKU: "x", Quantity: new(1), QuantityMode: "set", AlertID: "1", Severity: "high", Category: "x",
		ReportType: "sales", DateRange: &nlp.DateRange{}, Supplier: "x", Location: "x", Agent: "digest",
	}
	for intent, r := range Routes {
		spoken := slices.Clone(r.Optional)
		for _, n := range r.Needs {
			spoken = append(spoken, n.AnyOf...)
		}
		for _, entity := range spoken {
			require.True(t, entity.in(full), "%s of %s", entity, intent)
			require.False(t, entity.in(nlp.Entities{}), "%s of %s", entity, intent)
		}
	}
	_, missing := Routes[nlp.GenerateReport].Missing(full)
	require.False(t, missing)
}

// The seed's §3.3, rule by rule, and River's four priorities.
func TestPriority(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		persona app.Persona
		agent   Type
		seed    int
		river   int
	}{
		{"a streamliner comes first", app.PersonaStreamliner, ReportGenerator, 10, 1},
		{"before alerts too", app.PersonaStreamliner, AlertGenerator, 10, 1},
		{"alerts", app.PersonaHub, AlertGenerator, 9, 2},
		{"stock", app.PersonaDefault, InventoryMonitor, 8, 3},
		{"reports", app.PersonaNavigator, ReportGenerator, 5, 4},
		{"anything else", app.PersonaSpring, Digest, 5, 4},
		{"no agent", app.PersonaProcessor, "", 5, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.seed, Priority(tc.persona, tc.agent))
			require.Equal(t, tc.river, RiverPriority(tc.seed))
		})
	}
}
