package company

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// seed makes the company the same on every machine.
const seed = 1852

// priceRise is how many days ago a price went up, and by how much: so that
// there are sales at two prices.
const (
	priceRiseDays  = 30
	priceRisePence = 40
	priceRiseSKU   = "COF-002"
)

// todaysPart is the part of a day's sales that today has so far.
const todaysPart = 0.4

// rhythm is how busy a weekday is; cafés stock up on Mondays and before the
// weekend, and the warehouses are closed on Sundays.
func rhythm(day time.Weekday) float64 {
	return [...]float64{time.Sunday: 0, time.Monday: 1.4, time.Tuesday: 1.1, time.Wednesday: 1, time.Thursday: 1.2, time.Friday: 1.6, time.Saturday: 0.7}[day]
}

// stockRows spreads each product over the places, roughly by their share of
// sales.
func stockRows() [][]string {
	rows := [][]string{{"sku", "location", "quantity"}}
	for i, p := range products() {
		total := p.stock(i)
		for j, at := range places() {
			uneven := 0.85 + 0.1*float64((3*i+7*j)%4) // no warehouse holds exactly its share
			quantity := int(math.Round(float64(total) * at.share * uneven))
			if p.level == gap && j == 1+i%(len(places())-1) {
				quantity = 0 // never the busiest place
			}
			rows = append(rows, []string{p.sku, at.name, strconv.Itoa(quantity)})
		}
	}
	return rows
}

// stock is what the company has of its i-th product.
func (p product) stock(i int) int {
	reorder := float64(p.reorderPoint())
	switch p.level {
	case out:
		return 0
	case low:
		return int(reorder * (0.3 + 0.1*float64(i%5)))
	case still:
		return 48 + i
	case gap:
		return int(reorder*2.2) + 12
	case fine:
	}
	return int(reorder*(1.4+0.3*float64(i%5))) + 4
}

// salesRows has a row for each product and place that sold anything on a day.
func salesRows(today time.Time) [][]string {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // made-up sales need no secret numbers
	rows := [][]string{{"date", "sku", "location", "quantity", "unit_price"}}
	for back := Days - 1; back >= 0; back-- {
		day := today.AddDate(0, 0, -back)
		for _, p := range products() {
			grown := 1 + p.trend*float64(Days-1-back)/float64(Days-1)
			mean := p.daily * grown * rhythm(day.Weekday())
			if back == 0 {
				mean *= todaysPart
			}
			for _, at := range places() {
				if sold := poisson(random, mean*at.share); sold > 0 {
					rows = append(rows, []string{
						day.Format(time.DateOnly), p.sku, at.name, strconv.Itoa(sold), pounds(p.priceThen(back)),
					})
				}
			}
		}
	}
	return rows
}

// priceThen is what the product cost so many days ago, in pence.
func (p product) priceThen(back int) int {
	if p.sku == priceRiseSKU && back > priceRiseDays {
		return p.price - priceRisePence
	}
	return p.price
}

// poisson draws how many of many independent customers come: Knuth's product
// of uniform numbers, good for the small means here.
func poisson(random *rand.Rand, mean float64) int {
	limit, product, n := math.Exp(-mean), random.Float64(), 0
	for product > limit {
		product *= random.Float64()
		n++
	}
	return n
}

// order is a purchase order; days count back from today.
type order struct {
	supplier string
	ordered  int // days ago
	due      int // days ago; below zero: ahead
	lines    []orderLine
}

type orderLine struct {
	sku          string
	quantity     int
	receivedBack int // days ago
	received     int // 0: nothing yet
}

// openOrders are on their way: one is overdue, one came in part, and what has
// run out is partly on order and partly not.
func openOrders() []order {
	return []order{
		{cordillera, 15, 3, []orderLine{{sku: "COF-005", quantity: 120}, {sku: "COF-008", quantity: 96}}},
		{cordillera, 4, -8, []orderLine{{sku: "COF-004", quantity: 180}, {sku: "COF-012", quantity: 120}, {sku: "COF-001", quantity: 120}}},
		{highland, 12, -9, []orderLine{{sku: "TEA-004", quantity: 96}, {sku: "TEA-001", quantity: 288}}},
		{aireValley, 6, 2, []orderLine{{sku: "CUP-001", quantity: 400, receivedBack: 2, received: 150}, {sku: "CUP-003", quantity: 300, receivedBack: 2, received: 300}}},
		{brewline, 5, -2, []orderLine{{sku: "BRW-004", quantity: 12}}},
		{dales, 1, -1, []orderLine{{sku: "MLK-001", quantity: 480}, {sku: "MLK-002", quantity: 96}}},
	}
}

// pastOrders are those that came within the days that the sales cover.
func pastOrders() []order {
	var orders []order
	for _, s := range suppliers() {
		number := 0
		for ordered := Days - 2; ordered > s.leadDays; ordered -= s.every {
			due := ordered - s.leadDays
			came := due - s.late[number%len(s.late)]
			if came < 1 {
				break
			}
			orders = append(orders, order{s.name, ordered, due, s.lines(number, came)})
			number++
		}
	}
	return orders
}

// lines are what the supplier's order of that number held: half of its
// products in turn, for as long as it takes until they are ordered again.
func (s supplier) lines(number, came int) []orderLine {
	var lines []orderLine
	for i, p := range products() {
		if p.supplier != s.name || p.daily == 0 || (i+number)%2 != 0 {
			continue
		}
		quantity := max(int(math.Ceil(p.daily*float64(2*s.every)/12))*12, 12)
		lines = append(lines, orderLine{p.sku, quantity, came, quantity})
	}
	return lines
}

// orderRows numbers the orders from the oldest on.
func orderRows(today time.Time) [][]string {
	rows := [][]string{{
		"number", "supplier", "sku", "quantity", "unit_cost", "ordered_on", "expected_on", "received_on", "received_quantity",
	}}
	cost := make(map[string]int)
	for _, p := range products() {
		cost[p.sku] = p.cost
	}
	orders := append(pastOrders(), openOrders()...)
	slices.SortStableFunc(orders, func(a, b order) int { return cmp.Compare(b.ordered, a.ordered) })
	on := func(back int) string { return today.AddDate(0, 0, -back).Format(time.DateOnly) }
	for i, o := range orders {
		for _, line := range o.lines {
			receivedOn, received := "", ""
			if line.received > 0 {
				receivedOn, received = on(line.receivedBack), strconv.Itoa(line.received)
			}
			rows = append(rows, []string{
				fmt.Sprintf("PO-%d", 2001+i), o.supplier, line.sku, strconv.Itoa(line.quantity), pounds(cost[line.sku]),
				on(o.ordered), on(o.due), receivedOn, received,
			})
		}
	}
	return rows
}
