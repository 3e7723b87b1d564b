package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/nlp"
	"ferry/sql/queries"
)

// inventory is the inventory_monitor: it says how much there is of a product,
// where, how long it lasts, and what to do about it.
type inventory struct {
	stock *stockReader
}

// run answers check_inventory. A product that is not the company's is NotFound,
// the same as one that does not exist; so is a place.
func (a *inventory) run(ctx context.Context, r Request) (app.Result, error) {
	start := time.Now()
	if err := r.expect(nlp.CheckInventory); err != nil {
		return nil, err
	}
	if r.ProductID == nil {
		return nil, &app.Error{Kind: app.Invalid, Reply: app.TextMissingEntity, Err: fmt.Errorf("no product to check")}
	}
	key := stockKey{company: r.CompanyID, product: *r.ProductID}
	if r.Location != nil {
		key.location = r.Location.ID
	}
	facts, err := a.stock.ask(ctx, stockQuestion{key: key, day: latestDay(r.Now)})
	switch {
	case err != nil:
		return nil, err
	case !facts.found:
		return nil, app.Errorf(app.NotFound, "product %s is not one of the company", key.product)
	case key.location != uuid.Nil && facts.row.Location == "":
		return nil, app.Errorf(app.NotFound, "location %s is not one of the company", key.location)
	}
	result := stockResult(facts)
	result.At = r.Now
	result.QueryTime = time.Since(start)
	return result, nil
}

// stockResult works out the answer from what was read.
func stockResult(f stockFacts) app.StockResult {
	row := f.row
	places, l := placesOf(f)
	point := l.reorderPoint()
	s := app.StockResult{
		Product:      app.ProductRef{SKU: row.SKU, Name: row.Name},
		Unit:         row.Unit,
		Location:     row.Location,
		Quantity:     l.quantity,
		Places:       places,
		Total:        l.quantity,
		ReorderPoint: point,
		ReorderGiven: l.given != nil,
		SafetyStock:  l.safetyStock(),
		LeadTimeDays: l.leadTimeDays,
		DailyUsage:   l.dailyUsage(),
		UsageDays:    l.days,
		CoverageDays: l.coverageDays(),
		LastReorder:  lastReorder(row),
		Advice:       advise(l, places, supplyOf(row)),
		UpdatedAt:    row.UpdatedAt,
	}
	if len(row.HeldUpdatedAt) > 0 {
		s.UpdatedAt = slices.MaxFunc(row.HeldUpdatedAt, time.Time.Compare)
	}
	if row.Location != "" {
		s.Quantity = 0
		for i, id := range row.HeldLocationIds {
			if id == row.LocationID {
				s.Quantity, s.UpdatedAt = int(row.HeldQuantities[i]), row.HeldUpdatedAt[i]
			}
		}
	}
	return s
}

// placesOf lists the places that hold or sell the product, by name, each with
// its share of the reorder point, and the product's level over all of them.
//
// The share follows the sales. Without sales it follows the stock, so that no
// place is called low while the whole is not.
func placesOf(f stockFacts) ([]app.PlaceStock, level) {
	row := f.row
	l := level{
		stocked:      len(row.HeldLocationIds) > 0,
		given:        toInt(row.ReorderPoint),
		safetyGiven:  toInt(row.SafetyStock),
		leadTimeDays: int(row.LeadTimeDays),
		units:        f.usage.units(),
		days:         f.usage.days,
	}
	sold := make(map[uuid.UUID]int, len(f.usage.places))
	for _, p := range f.usage.places {
		sold[p.id] = p.units
	}
	type place struct {
		app.PlaceStock
		sold int
	}
	places := make([]place, 0, len(row.HeldLocationIds))
	for i, id := range row.HeldLocationIds {
		held := app.PlaceStock{Location: row.HeldNames[i], Quantity: int(row.HeldQuantities[i]), UpdatedAt: row.HeldUpdatedAt[i]}
		places = append(places, place{held, sold[id]})
		l.quantity += held.Quantity
	}
	for _, p := range f.usage.places {
		if !slices.Contains(row.HeldLocationIds, p.id) {
			places = append(places, place{app.PlaceStock{Location: p.name}, p.units})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.Location, b.Location) })

	weights := make([]int, len(places))
	for i, p := range places {
		weights[i] = p.sold
		if l.sold() == 0 {
			weights[i] = p.Quantity
		}
	}
	out := make([]app.PlaceStock, len(places))
	for i, share := range apportion(l.reorderPoint(), weights) {
		out[i] = places[i].PlaceStock
		out[i].ReorderPoint = share
	}
	return out, l
}

func lastReorder(row *queries.StockOfProductsRow) *app.LastReorder {
	if row.OrderNumber == "" {
		return nil
	}
	return &app.LastReorder{
		Number:     row.OrderNumber,
		Supplier:   row.OrderSupplier,
		OrderedOn:  row.OrderOrderedOn,
		Quantity:   int(row.OrderQuantity),
		ExpectedOn: row.OrderExpectedOn,
		ReceivedOn: row.OrderReceivedOn,
	}
}

// supplyOf names who to order from: the product's supplier, else whoever it was
// last ordered from.
func supplyOf(row *queries.StockOfProductsRow) supply {
	return supply{
		supplier: cmp.Or(row.Supplier, row.OrderSupplier),
		minOrder: int(row.MinOrder),
		due:      int(row.DueQuantity),
		dueFrom:  row.DueSupplier,
		dueOn:    row.DueExpectedOn,
	}
}

func toInt(n *int32) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}
