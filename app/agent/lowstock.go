package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ferry/sql/queries"
)

// productLevel is the level of one product of a company.
type productLevel struct {
	product uuid.UUID
	sku     string
	level
}

// lowLevels reads every product of a company whose stock may have a condition.
// Those that a given reorder point clears are not among them. For 50,000
// products and a million rows of sales it takes about half a second, most of it
// the sums of sales, which is why alerts are not refreshed at every look.
//
// q is a transaction's, whose later statements scan no tables either.
func lowLevels(ctx context.Context, q *queries.Queries, company uuid.UUID, day time.Time) ([]productLevel, error) {
	var window span
	spans, err := q.SalesSpans(ctx, queries.SalesSpansParams{Companies: []uuid.UUID{company}, Todays: []time.Time{day}})
	if err != nil {
		return nil, fmt.Errorf("read the days of sales: %w", err)
	}
	if len(spans) > 0 {
		window = salesWindow(spans[0].FirstOn, spans[0].LastOn)
	}
	if err := q.ForgoScans(ctx); err != nil {
		return nil, fmt.Errorf("set the planner: %w", err)
	}
	rows, err := q.StockLevels(ctx, queries.StockLevelsParams{CompanyID: company, FirstOn: window.first, LastOn: window.last})
	if err != nil {
		return nil, fmt.Errorf("read stock levels: %w", err)
	}
	levels := make([]productLevel, len(rows))
	for i, row := range rows {
		levels[i] = productLevel{product: row.ProductID, sku: row.SKU, level: level{
			quantity:     int(row.Quantity),
			stocked:      row.Stocked,
			given:        toInt(row.ReorderPoint),
			safetyGiven:  toInt(row.SafetyStock),
			leadTimeDays: int(row.LeadTimeDays),
			units:        int(row.Units),
			days:         window.days(),
		}}
	}
	return levels, nil
}
