package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

// alerts is the alert_generator: it raises alerts for stock that runs low and
// lists those that are active.
type alerts struct {
	pool *pgxpool.Pool
}

// run answers view_alerts: first the alerts are brought up to date, unless that
// was done a moment ago, then the worst ones are listed. An alert is about a
// product in the whole company, so that a place is no filter.
func (a *alerts) run(ctx context.Context, r Request) (app.Result, error) {
	if err := r.expect(nlp.ViewAlerts); err != nil {
		return nil, err
	}
	result := app.AlertsResult{
		Severity: app.Severity(r.Entities.Severity),
		Category: alertCategory(r.Entities.Category),
		Counts:   map[app.Severity]int{},
		Alerts:   []app.Alert{},
		At:       r.Now,
	}
	if result.Severity != "" && !slices.Contains(app.Severities, result.Severity) {
		return nil, app.Errorf(app.Invalid, "unknown severity %q", result.Severity)
	}
	if err := a.refresh(ctx, r.CompanyID, latestDay(r.Now)); err != nil {
		return nil, fmt.Errorf("refresh alerts: %w", err)
	}
	rows, err := queries.New(a.pool).ActiveAlerts(ctx, queries.ActiveAlertsParams{
		CompanyID: r.CompanyID, Severity: string(result.Severity), Category: result.Category,
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	for _, row := range rows {
		result.Alerts = append(result.Alerts, app.Alert{
			ID: row.ID, Number: int(row.Number),
			Category: row.Category, Severity: app.Severity(row.Severity),
			Product: app.ProductRef{SKU: row.SKU, Name: row.Name}, Location: row.Location,
			Quantity: int(row.Quantity), ReorderPoint: int(row.ReorderPoint),
			RaisedAt: row.RaisedAt,
		})
	}
	var first queries.ActiveAlertsRow // each row carries the counts; without a row they are zero
	if len(rows) > 0 {
		first = rows[0]
	}
	result.Counts[app.SeverityCritical] = int(first.Critical)
	result.Counts[app.SeverityHigh] = int(first.High)
	result.Counts[app.SeverityMedium] = int(first.Medium)
	result.Counts[app.SeverityLow] = int(first.Low)
	result.Count = int(first.Critical + first.High + first.Medium + first.Low)
	return result, nil
}

// alertCategory turns what a person called the category into the alerts' own
// name for it: "Low-Stock" is low_stock, "stockouts" out_of_stock. Words for
// stock in general are no filter, since all alerts are about stock. Any other
// word stays as it is and matches nothing.
func alertCategory(typed string) string {
	words := strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return r == ' ' || r == '_' || r == '-' })
	switch name := strings.Join(words, "_"); name {
	case "stock", "inventory", "stock_level", "stock_levels":
		return ""
	case "low", "low_stock", "reorder", "running_low":
		return categoryLow
	case "out", "out_of_stock", "stockout", "stockouts", "stock_out", "stock_outs", "oos":
		return categoryOut
	default:
		return name
	}
}
