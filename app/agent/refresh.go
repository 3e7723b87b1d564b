package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ferry/app"
	"ferry/sql/queries"
)

const (
	// alertsFresh is how old the alerts may be when they are listed. Under load
	// a company's alerts are worked out once in that time, on any number of
	// processes; the moment of the last time is in the agents table.
	alertsFresh = 10 * time.Second
	// alertsStale is how old they may be while another process is refreshing
	// them: older, and the list waits for it.
	alertsStale = time.Minute
)

// refresh brings a company's alerts about stock up to date: it raises what is
// new, rewrites what changed and resolves what has gone. It does nothing when
// that was done less than alertsFresh ago, or when the company has stopped the
// agent.
func (a *alerts) refresh(ctx context.Context, company uuid.UUID, day time.Time) error {
	state, err := queries.New(a.pool).AlertsFreshness(ctx, company)
	if errors.Is(err, pgx.ErrNoRows) {
		state, err = queries.AlertsFreshnessRow{Age: -1}, nil
	}
	if err != nil {
		return fmt.Errorf("read the age of the alerts: %w", err)
	}
	never := state.Age < 0
	if state.Stopped || (!never && state.Age <= alertsFresh.Seconds()) {
		return nil
	}
	patient := never || state.Age > alertsStale.Seconds()
	return pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		q := queries.New(tx)
		due, err := claimRefresh(ctx, q, company, patient)
		if err != nil || !due {
			return err
		}
		if err := q.ForgoCompiling(ctx); err != nil {
			return fmt.Errorf("set the planner: %w", err)
		}
		return refreshAlerts(ctx, q, company, day)
	})
}

// claimRefresh takes the company's lock and says whether the refresh is still
// due under it. Without patience it gives way to whoever holds the lock.
func claimRefresh(ctx context.Context, q *queries.Queries, company uuid.UUID, patient bool) (bool, error) {
	if patient {
		if err := q.LockAlerts(ctx, company.String()); err != nil {
			return false, fmt.Errorf("lock the alerts: %w", err)
		}
	} else if locked, err := q.TryLockAlerts(ctx, company.String()); err != nil || !locked {
		return false, err
	}
	claimed, err := q.ClaimAlertsRefresh(ctx, queries.ClaimAlertsRefreshParams{
		CompanyID: company, FreshSeconds: alertsFresh.Seconds(),
	})
	if err != nil {
		return false, fmt.Errorf("claim the refresh of alerts: %w", err)
	}
	return claimed > 0, nil
}

// chunk is how many alerts one statement rewrites. An update that joins a list
// to a table may be planned to compare each with each; it must stay small.
const chunk = 1000

func refreshAlerts(ctx context.Context, q *queries.Queries, company uuid.UUID, day time.Time) error {
	levels, err := lowLevels(ctx, q, company, day)
	if err != nil {
		return err
	}
	open, err := q.OpenStockAlerts(ctx, company)
	if err != nil {
		return fmt.Errorf("read open alerts: %w", err)
	}
	c := changesOf(levels, open)
	if len(c.resolve) > 0 {
		if err := q.ResolveAlerts(ctx, queries.ResolveAlertsParams{CompanyID: company, Ids: c.resolve}); err != nil {
			return fmt.Errorf("resolve alerts: %w", err)
		}
	}
	for part := range slices.Chunk(c.rewrite, chunk) {
		if err := q.RefreshAlerts(ctx, rewriteParams(company, part)); err != nil {
			return fmt.Errorf("rewrite alerts: %w", err)
		}
	}
	if len(c.raise) > 0 {
		if err := q.RaiseAlerts(ctx, raiseParams(company, c.raise)); err != nil {
			return fmt.Errorf("raise alerts: %w", err)
		}
	}
	return nil
}

// alertChanges is what has to be written so that the open alerts say how things
// are.
type alertChanges struct {
	resolve []uuid.UUID
	rewrite []wantedAlert
	raise   []wantedAlert
}

// wantedAlert is an alert as it should be.
type wantedAlert struct {
	id uuid.UUID // of the open alert; uuid.Nil: there is none
	productLevel
	condition
}

// changesOf compares the levels with the open alerts. A product whose stock
// runs out stops being low: its alert is resolved and another raised, so that
// one that was acknowledged calls again. Within a category only the figures and
// the severity are rewritten. New alerts come worst first.
func changesOf(levels []productLevel, open []queries.OpenStockAlertsRow) alertChanges {
	want := make(map[uuid.UUID]wantedAlert)
	for _, l := range levels {
		if c, wrong := l.condition(); wrong {
			want[l.product] = wantedAlert{productLevel: l, condition: c}
		}
	}
	var changes alertChanges
	for _, o := range open {
		w, ok := want[*o.ProductID]
		if !ok || w.category != o.Category {
			changes.resolve = append(changes.resolve, o.ID)
			continue
		}
		delete(want, w.product)
		if string(w.severity) != o.Severity || int64(w.quantity) != o.Quantity || int64(w.reorderPoint()) != o.ReorderPoint {
			w.id = o.ID
			changes.rewrite = append(changes.rewrite, w)
		}
	}
	changes.raise = slices.SortedFunc(maps.Values(want), func(a, b wantedAlert) int {
		return cmp.Or(cmp.Compare(rank(a.severity), rank(b.severity)), cmp.Compare(a.sku, b.sku))
	})
	return changes
}

// rank orders severities, worst first.
func rank(s app.Severity) int { return slices.Index(app.Severities, s) }

func rewriteParams(company uuid.UUID, alerts []wantedAlert) queries.RefreshAlertsParams {
	p := queries.RefreshAlertsParams{CompanyID: company}
	for _, w := range alerts {
		p.Ids = append(p.Ids, w.id)
		p.Severities = append(p.Severities, string(w.severity))
		p.Quantities = append(p.Quantities, int64(w.quantity))
		p.ReorderPoints = append(p.ReorderPoints, int64(w.reorderPoint()))
	}
	return p
}

func raiseParams(company uuid.UUID, alerts []wantedAlert) queries.RaiseAlertsParams {
	p := queries.RaiseAlertsParams{CompanyID: company}
	for i, w := range alerts {
		p.Places = append(p.Places, int32(i+1))
		p.Categories = append(p.Categories, w.category)
		p.Severities = append(p.Severities, string(w.severity))
		p.Products = append(p.Products, w.product)
		p.Quantities = append(p.Quantities, int64(w.quantity))
		p.ReorderPoints = append(p.ReorderPoints, int64(w.reorderPoint()))
	}
	return p
}
