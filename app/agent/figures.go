package agent

import (
	"context"
	"fmt"

	"ferry/app"
	"ferry/sql/queries"
)

// Each function fills in the figures of one report. A figure that has no
// meaning (a share of nothing) is left out instead of being called zero.

func (q reportQuery) inventory(ctx context.Context, result *app.ReportResult) error {
	rows, err := q.q.InventoryTotals(ctx, queries.InventoryTotalsParams{CompanyID: q.r.CompanyID, Location: q.place})
	if err != nil {
		return fmt.Errorf("sum the stock: %w", err)
	}
	var sum queries.InventoryTotalsRow
	if len(rows) > 0 {
		sum = rows[0]
	}
	result.Figures = []app.Figure{
		count("Products", sum.Products),
		count("Units in stock", sum.Units),
		money("Stock value at cost", sum.TotalValue),
	}
	if err := q.shortages(ctx, result, sum.Without); err != nil {
		return err
	}
	if sum.Unvalued > 0 {
		result.Figures = append(result.Figures, count("Stocked products without a cost", sum.Unvalued))
	}
	result.TopTitle = "Most valuable stock"
	for _, row := range rows {
		if row.Value > 0 {
			result.Top = append(result.Top, app.ReportRow{Name: row.Name, Kind: app.FigureMoney, Value: row.Value})
		}
	}
	return nil
}

// shortages counts the products that the alerts are about. Whether a product is
// low is said of the whole company only; a place is out of what it has a record
// of and none left.
func (q reportQuery) shortages(ctx context.Context, result *app.ReportResult, without int64) error {
	if q.place != nil {
		result.Figures = append(result.Figures, count("Out of stock", without))
		return nil
	}
	levels, err := lowLevels(ctx, q.q, q.r.CompanyID, latestDay(q.r.Now))
	if err != nil {
		return err
	}
	var low, out int64
	for _, l := range levels {
		switch c, _ := l.condition(); c.category {
		case categoryLow:
			low++
		case categoryOut:
			out++
		}
	}
	result.Figures = append(result.Figures, count("Low on stock", low), count("Out of stock", out))
	return nil
}

func (q reportQuery) sales(ctx context.Context, result *app.ReportResult) error {
	rows, err := q.q.SalesTotals(ctx, queries.SalesTotalsParams{
		CompanyID: q.r.CompanyID, FirstOn: q.span.first, LastOn: q.span.last, Location: q.place,
	})
	if err != nil {
		return fmt.Errorf("sum the sales: %w", err)
	}
	var sum queries.SalesTotalsRow
	if len(rows) > 0 {
		sum = rows[0]
	}
	result.Figures = []app.Figure{
		money("Revenue", sum.TotalRevenue),
		count("Units sold", sum.Units),
		count("Products sold", sum.Products),
	}
	if days := q.days(); days > 0 {
		result.Figures = append(result.Figures, money("Revenue a day", sum.TotalRevenue/float64(days)))
		before, err := q.revenueBefore(ctx, days)
		if err != nil {
			return err
		}
		if before > 0 {
			result.Figures = append(result.Figures, percent("Change on the period before", sum.TotalRevenue-before, before))
		}
	}
	result.TopTitle = "Top sellers"
	for _, row := range rows {
		result.Top = append(result.Top, app.ReportRow{Name: row.Name, Kind: app.FigureMoney, Value: row.Revenue})
	}
	return nil
}

// revenueBefore is the revenue of the period before the span, over as many of
// its days as have passed of the span: Monday to Wednesday of this week is
// compared with Monday to Wednesday of last week.
func (q reportQuery) revenueBefore(ctx context.Context, days int) (float64, error) {
	first := q.span.first.AddDate(0, 0, -q.span.days())
	before, err := q.q.Revenue(ctx, queries.RevenueParams{
		CompanyID: q.r.CompanyID, FirstOn: first, LastOn: first.AddDate(0, 0, days-1), Location: q.place,
	})
	if err != nil {
		return 0, fmt.Errorf("sum the sales of the period before: %w", err)
	}
	return before, nil
}

func (q reportQuery) suppliers(ctx context.Context, result *app.ReportResult) error {
	rows, err := q.q.SupplierSpend(ctx, queries.SupplierSpendParams{CompanyID: q.r.CompanyID, FirstOn: q.span.first, LastOn: q.span.last})
	if err != nil {
		return fmt.Errorf("sum the orders: %w", err)
	}
	d, err := q.q.SupplierDeliveries(ctx, queries.SupplierDeliveriesParams{
		CompanyID: q.r.CompanyID, FirstOn: q.span.first, LastOn: q.span.last, Today: q.today,
	})
	if err != nil {
		return fmt.Errorf("sum the deliveries: %w", err)
	}
	var sum queries.SupplierSpendRow
	if len(rows) > 0 {
		sum = rows[0]
	}
	result.Figures = []app.Figure{
		count("Suppliers", d.Suppliers),
		count("Orders placed", sum.Orders),
		money("Ordered", sum.TotalSpend),
		count("Deliveries received", d.Deliveries),
	}
	if d.Promised > 0 {
		result.Figures = append(result.Figures, percent("On time", float64(d.OnTime), float64(d.Promised)))
	}
	if d.Deliveries > 0 {
		result.Figures = append(result.Figures, app.Figure{Label: "Average lead time", Kind: app.FigureDays, Value: d.LeadTimeDays})
	}
	result.Figures = append(result.Figures, count("Open orders", d.OpenOrders), count("Overdue orders", d.OverdueOrders))
	result.TopTitle = "Most ordered from"
	for _, row := range rows {
		result.Top = append(result.Top, app.ReportRow{Name: row.Name, Kind: app.FigureMoney, Value: row.Spend})
	}
	return nil
}

func (q reportQuery) financial(ctx context.Context, result *app.ReportResult) error {
	rows, err := q.q.ProfitTotals(ctx, queries.ProfitTotalsParams{
		CompanyID: q.r.CompanyID, FirstOn: q.span.first, LastOn: q.span.last, Location: q.place,
	})
	if err != nil {
		return fmt.Errorf("sum the profit: %w", err)
	}
	value, err := q.q.StockValue(ctx, queries.StockValueParams{CompanyID: q.r.CompanyID, Location: q.place})
	if err != nil {
		return fmt.Errorf("value the stock: %w", err)
	}
	var sum queries.ProfitTotalsRow
	if len(rows) > 0 {
		sum = rows[0]
	}
	result.Figures = []app.Figure{
		money("Revenue", sum.Revenue),
		money("Cost of goods sold", sum.Cost),
		money("Gross profit", sum.TotalProfit),
	}
	if sum.CostedRevenue > 0 {
		result.Figures = append(result.Figures, percent("Gross margin", sum.TotalProfit, sum.CostedRevenue))
	}
	if sum.UncostedRevenue != 0 {
		result.Figures = append(result.Figures, money("Revenue of products without a cost", sum.UncostedRevenue))
	}
	if q.place == nil { // orders are the company's, not a place's
		ordered, err := q.q.Purchases(ctx, queries.PurchasesParams{CompanyID: q.r.CompanyID, FirstOn: q.span.first, LastOn: q.span.last})
		if err != nil {
			return fmt.Errorf("sum the purchases: %w", err)
		}
		result.Figures = append(result.Figures, money("Purchases ordered", ordered))
	}
	result.Figures = append(result.Figures, money("Stock value at cost", value))
	result.TopTitle = "Most gross profit"
	for _, row := range rows {
		if row.Costed {
			result.Top = append(result.Top, app.ReportRow{Name: row.Name, Kind: app.FigureMoney, Value: row.Profit})
		}
	}
	return nil
}
