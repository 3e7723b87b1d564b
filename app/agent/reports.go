package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

// reports is the report_generator: figures over a span of days.
type reports struct {
	pool *pgxpool.Pool
}

// supplierDays is the span of a supplier report that was asked for without one:
// long enough for a few orders of each supplier. The report says so.
const supplierDays = 90

// reportQuery is one report to be worked out.
type reportQuery struct {
	q     *queries.Queries
	r     Request
	today time.Time // where the person is, as midnight gives it
	span  span
	place *uuid.UUID // nil: all places
}

// days is how much of the span has passed: a report on this week, made on a
// Wednesday, is about three days.
func (q reportQuery) days() int {
	s := q.span
	if s.last.After(q.today) {
		s.last = q.today
	}
	return max(s.days(), 0)
}

// run answers generate_report. All figures of a report are of one moment.
func (a *reports) run(ctx context.Context, r Request) (app.Result, error) {
	if err := r.expect(nlp.GenerateReport); err != nil {
		return nil, err
	}
	result := app.ReportResult{Type: app.ReportType(r.Entities.ReportType), Currency: r.Currency, At: r.Now}
	var err error
	if result.Range, err = reportRange(r, result.Type); err != nil {
		return nil, err
	}
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, a.pool, snapshot, func(tx pgx.Tx) error {
		q := reportQuery{
			q: queries.New(tx), r: r, today: midnight(nlp.DateOf(r.Now)),
			span: span{first: result.Range.Start, last: result.Range.End},
		}
		if err := q.q.ForgoCompiling(ctx); err != nil {
			return fmt.Errorf("set the planner: %w", err)
		}
		return q.fill(ctx, &result)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// fill works the report out: of one place where the figures are a place's and
// one was asked for. Suppliers deliver to the company, so that a report on them
// has no place. The title of the ranking names it.
func (q reportQuery) fill(ctx context.Context, result *app.ReportResult) error {
	if l := q.r.Location; l != nil && result.Type != app.ReportSupplier {
		place, err := q.q.LocationName(ctx, queries.LocationNameParams{ID: l.ID, CompanyID: q.r.CompanyID})
		if errors.Is(err, pgx.ErrNoRows) {
			return app.Errorf(app.NotFound, "location %s is not one of the company", l.ID)
		}
		if err != nil {
			return fmt.Errorf("read the place: %w", err)
		}
		q.place = &l.ID
		defer func() { result.TopTitle += " at " + place }()
	}
	switch result.Type {
	case app.ReportInventory:
		return q.inventory(ctx, result)
	case app.ReportSales:
		return q.sales(ctx, result)
	case app.ReportSupplier:
		return q.suppliers(ctx, result)
	case app.ReportFinancial:
		return q.financial(ctx, result)
	}
	return app.Errorf(app.Invalid, "unknown report type %q", result.Type)
}

// reportRange is the span of a report. A sales or financial report without one
// is refused: the caller has to ask. Stock is always that of today, whatever
// was asked for, since older stock is not kept.
func reportRange(r Request, t app.ReportType) (app.DateRange, error) {
	if !slices.Contains(app.ReportTypes, t) {
		return app.DateRange{}, &app.Error{Kind: app.Invalid, Reply: app.TextMissingEntity, Err: errors.New("no known report type")}
	}
	if _, missing := Routes[nlp.GenerateReport].Missing(r.Entities); missing {
		return app.DateRange{}, &app.Error{Kind: app.Invalid, Reply: app.TextMissingEntity, Err: errors.New("a report without a date range")}
	}
	today := nlp.DateOf(r.Now)
	asked := r.Entities.DateRange
	switch {
	case t == app.ReportInventory:
		return app.DateRange{Name: "today", Start: midnight(today), End: midnight(today)}, nil
	case asked == nil:
		return app.DateRange{Name: "last_90_days", Start: midnight(today.AddDays(1 - supplierDays)), End: midnight(today)}, nil
	case asked.End.Before(asked.Start):
		return app.DateRange{}, app.Errorf(app.Invalid, "the date range ends before it starts")
	}
	return app.DateRange{Name: asked.Name, Start: midnight(asked.Start), End: midnight(asked.End)}, nil
}

func count(label string, n int64) app.Figure {
	return app.Figure{Label: label, Kind: app.FigureCount, Value: float64(n)}
}

func money(label string, amount float64) app.Figure {
	return app.Figure{Label: label, Kind: app.FigureMoney, Value: amount}
}

func percent(label string, part, whole float64) app.Figure {
	return app.Figure{Label: label, Kind: app.FigurePercent, Value: 100 * part / whole}
}
