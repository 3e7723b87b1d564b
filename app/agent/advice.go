package agent

import (
	"cmp"
	"slices"
	"time"

	"ferry/app"
)

// orderDays is how many days of sales an order is to last beyond the reorder
// point: the usual month between two orders.
const orderDays = 30

// maxMoves bounds the moves recommended at once; more is a stocktake.
const maxMoves = 3

// supply is what is known of where a product comes from.
type supply struct {
	supplier string // who to order from; "" unknown
	minOrder int    // units; 0: none
	due      int    // units on order that have not come
	dueFrom  string
	dueOn    *time.Time // when the first of them is expected; nil: not known
}

// advise returns the recommendations for a product, most pressing first.
func advise(l level, places []app.PlaceStock, s supply) []app.Advice {
	advice := []app.Advice{}
	point := l.reorderPoint()
	if l.quantity <= point && s.due > 0 {
		advice = append(advice, app.Advice{Kind: app.AdviceAwait, Quantity: s.due, Supplier: s.dueFrom, On: s.dueOn})
	}
	if n := orderQuantity(l, s); n > 0 {
		advice = append(advice, app.Advice{Kind: app.AdviceReorder, Quantity: n, Supplier: s.supplier})
	}
	advice = append(advice, moves(places)...)
	switch {
	case len(advice) > 0:
	case l.days > 0 && l.sold() == 0 && l.quantity > 0:
		advice = append(advice, app.Advice{Kind: app.AdviceSlowMover})
	case l.quantity > 0:
		advice = append(advice, app.Advice{Kind: app.AdviceHealthy})
	}
	return advice
}

// orderQuantity is how much to order now, 0 for nothing. What is on order
// counts as stock (the inventory position): a product that is low but will be
// above its reorder point when the open orders have come needs no other. An
// order fills up to the reorder point plus orderDays of sales, and is at least
// what the supplier takes.
func orderQuantity(l level, s supply) int {
	position := l.quantity + s.due
	point := l.reorderPoint()
	if position > point {
		return 0
	}
	n := point + l.usageOver(orderDays) - position
	if n <= 0 {
		return 0
	}
	return max(n, s.minOrder)
}

// moves fills places under their share from those above theirs: the emptiest
// place first, each from the fullest one left.
func moves(places []app.PlaceStock) []app.Advice {
	surplus := make([]int, len(places)) // below zero: wanting
	order := make([]int, len(places))
	for i, p := range places {
		surplus[i] = p.Quantity - p.ReorderPoint
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(surplus[a], surplus[b]) })
	var advice []app.Advice
	for _, to := range order {
		for surplus[to] < 0 && len(advice) < maxMoves {
			from := fullest(surplus)
			if surplus[from] <= 0 {
				return advice
			}
			n := min(surplus[from], -surplus[to])
			surplus[from] -= n
			surplus[to] += n
			advice = append(advice, app.Advice{Kind: app.AdviceMove, Quantity: n, From: places[from].Location, To: places[to].Location})
		}
	}
	return advice
}

func fullest(surplus []int) int {
	best := 0
	for i := range surplus {
		if surplus[i] > surplus[best] {
			best = i
		}
	}
	return best
}

// apportion splits a total over weights so that the parts sum up to it (the
// largest-remainder method); equally when every weight is zero. Weights below
// zero count as zero; earlier parts win ties.
func apportion(total int, weights []int) []int {
	n := len(weights)
	if n == 0 {
		return nil
	}
	clean := make([]int, n)
	sum := 0
	for i, w := range weights {
		clean[i] = max(w, 0)
		sum += clean[i]
	}
	if sum == 0 {
		for i := range clean {
			clean[i] = 1
		}
		sum = n
	}
	parts := make([]int, n)
	order := make([]int, n)
	rest := total
	for i, w := range clean {
		parts[i] = total * w / sum
		rest -= parts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(total*clean[b]%sum, total*clean[a]%sum) })
	for _, i := range order[:rest] {
		parts[i]++
	}
	return parts
}
