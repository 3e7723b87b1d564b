package agent

import (
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestAdvise(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC)
	// Ten a day, seven days of lead time, twenty in reserve: a reorder point of 90.
	tenADay := func(quantity int) level {
		return level{quantity: quantity, stocked: true, safetyGiven: new(20), leadTimeDays: 7, units: 900, days: 90}
	}
	unsold := func(quantity int) level { return level{quantity: quantity, stocked: true, given: new(10), days: 90} }
	places := func(quantities ...int) []app.PlaceStock {
		names := []string{"Leeds", "Norwich", "York"}
		var out []app.PlaceStock
		for i, q := range quantities {
			out = append(out, app.PlaceStock{Location: names[i], Quantity: q, ReorderPoint: 30})
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		level  level
		places []app.PlaceStock
		supply supply
		want   []app.Advice
	}{
		{
			"order up to the reorder point and a month of sales",
			tenADay(50), nil,
			supply{supplier: "Beans Ltd"},
			[]app.Advice{{Kind: app.AdviceReorder, Quantity: 90 + 300 - 50, Supplier: "Beans Ltd"}},
		},
		{
			"at the reorder point is time to order",
			tenADay(90), nil,
			supply{},
			[]app.Advice{{Kind: app.AdviceReorder, Quantity: 300}},
		},
		{
			"no less than the supplier takes",
			tenADay(50), nil,
			supply{minOrder: 500},
			[]app.Advice{{Kind: app.AdviceReorder, Quantity: 500}},
		},
		{
			"await what is on order",
			tenADay(50), nil,
			supply{supplier: "Beans Ltd", due: 100, dueFrom: "Other Ltd", dueOn: &due},
			[]app.Advice{{Kind: app.AdviceAwait, Quantity: 100, Supplier: "Other Ltd", On: &due}},
		},
		{
			"order more when what is on order will not do",
			tenADay(50), nil,
			supply{supplier: "Beans Ltd", due: 40, dueFrom: "Other Ltd"},
			[]app.Advice{{Kind: app.AdviceAwait, Quantity: 40, Supplier: "Other Ltd"}, {Kind: app.AdviceReorder, Quantity: 300, Supplier: "Beans Ltd"}},
		},
		{
			"an open order is no news while there is enough",
			tenADay(91), nil,
			supply{due: 40},
			[]app.Advice{{Kind: app.AdviceHealthy}},
		},
		{
			"move from the fullest place to the emptiest",
			tenADay(130), places(25, 100, 5),
			supply{},
			[]app.Advice{
				{Kind: app.AdviceMove, Quantity: 25, From: "Norwich", To: "York"},
				{Kind: app.AdviceMove, Quantity: 5, From: "Norwich", To: "Leeds"},
			},
		},
		{
			"one place is filled from two",
			tenADay(100), places(0, 45, 55),
			supply{},
			[]app.Advice{
				{Kind: app.AdviceMove, Quantity: 25, From: "York", To: "Leeds"},
				{Kind: app.AdviceMove, Quantity: 5, From: "Norwich", To: "Leeds"},
			},
		},
		{
			"nothing to move when every place is low",
			tenADay(50), places(20, 20, 10),
			supply{},
			[]app.Advice{{Kind: app.AdviceReorder, Quantity: 340}},
		},
		{"nothing sold for long", unsold(11), nil, supply{}, []app.Advice{{Kind: app.AdviceSlowMover}}},
		{"nothing sold, at the reorder point", unsold(10), nil, supply{}, []app.Advice{{Kind: app.AdviceSlowMover}}},
		{"nothing sold, under the reorder point", unsold(4), nil, supply{}, []app.Advice{{Kind: app.AdviceReorder, Quantity: 6}}},
		{"no sales data", level{quantity: 5, stocked: true}, nil, supply{}, []app.Advice{{Kind: app.AdviceHealthy}}},
		{"nothing there and nothing known", level{}, nil, supply{}, []app.Advice{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, advise(tc.level, tc.places, tc.supply))
		})
	}
}

func TestApportion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		total   int
		weights []int
		want    []int
	}{
		{"by weight", 90, []int{600, 300, 0}, []int{60, 30, 0}},
		{"the largest remainder takes what is left", 10, []int{1, 1, 1}, []int{4, 3, 3}},
		{"fractions", 7, []int{5, 3, 1}, []int{4, 2, 1}}, // 3.89, 2.33, 0.78
		{"returns weigh nothing", 10, []int{-5, 10}, []int{0, 10}},
		{"equal without weights", 5, []int{0, 0}, []int{3, 2}},
		{"nothing", 0, []int{1, 2}, []int{0, 0}},
		{"nobody", 5, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, apportion(tc.total, tc.weights))
		})
	}
}

// The parts of a reorder point always add up to it, so that the places of a
// product are never low all together while the company is not.
func TestApportionAddsUp(t *testing.T) {
	t.Parallel()
	require.NoError(t, quick.Check(func(total uint16, weights []int16) bool {
		w := make([]int, len(weights))
		for i := range weights {
			w[i] = int(weights[i])
		}
		sum := 0
		for _, part := range apportion(int(total), w) {
			if part < 0 {
				return false
			}
			sum += part
		}
		return len(w) == 0 || sum == int(total)
	}, nil))
}
