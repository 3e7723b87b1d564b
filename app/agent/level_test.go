package agent

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestReorderPoint(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name          string
		level         level
		point, safety int
	}{
		{"the company's own wins", level{given: new(12), leadTimeDays: 7, units: 900, days: 90}, 12, 14},
		{"usage over the lead time and a given safety stock", level{safetyGiven: new(20), leadTimeDays: 7, units: 900, days: 90}, 90, 20},
		// 10 a day for 7 days is 70; 1.645 × √70 = 13.76.
		{"safety stock by rule", level{leadTimeDays: 7, units: 900, days: 90}, 84, 14},
		// 1/3 a day for 10 days is 3.33, so 4; 1.645 × √3.33 = 3.003, so 4.
		{"both rounded up", level{leadTimeDays: 10, units: 30, days: 90}, 8, 4},
		// 0.1 × 30 is 3.0000000000000004 in floating point.
		{"not rounded up for nothing", level{safetyGiven: new(0), leadTimeDays: 30, units: 9, days: 90}, 3, 0},
		{"a short history is divided by its own days", level{safetyGiven: new(0), leadTimeDays: 5, units: 40, days: 10}, 20, 0},
		{"no lead time", level{units: 900, days: 90}, 0, 0},
		{"no sales", level{leadTimeDays: 7, days: 90}, 0, 0},
		{"no sales data", level{leadTimeDays: 7}, 0, 0},
		{"no sales data but a safety stock", level{safetyGiven: new(5), leadTimeDays: 7}, 5, 5},
		{"more returned than sold", level{leadTimeDays: 7, units: -90, days: 90}, 0, 0},
		{"a reorder point of zero is one", level{given: new(0), leadTimeDays: 7, units: 900, days: 90}, 0, 14},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.point, tc.level.reorderPoint())
			require.Equal(t, tc.safety, tc.level.safetyStock())
		})
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		level level
		want  *int
	}{
		{"rounded down", level{quantity: 39, units: 900, days: 90}, new(3)},
		{"exact", level{quantity: 40, units: 900, days: 90}, new(4)},
		{"none left", level{quantity: 0, units: 900, days: 90}, new(0)},
		{"below zero", level{quantity: -7, units: 900, days: 90}, new(0)},
		{"no sales", level{quantity: 40, days: 90}, nil},
		{"no data", level{quantity: 40}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, tc.level.coverageDays())
		})
	}
}

func TestCondition(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		level level
		want  condition
	}{
		{"out of stock and selling", level{stocked: true, given: new(10), units: 1, days: 90}, condition{categoryOut, app.SeverityCritical}},
		{"below zero and selling", level{quantity: -1, stocked: true, units: 1, days: 90}, condition{categoryOut, app.SeverityCritical}},
		{"sold but never stocked", level{units: 1, days: 90}, condition{categoryOut, app.SeverityCritical}},
		{"out of stock without sales", level{stocked: true, given: new(10), days: 90}, condition{categoryOut, app.SeverityLow}},
		{"never stocked but wanted", level{given: new(10)}, condition{categoryOut, app.SeverityLow}},
		{"under half of the reorder point", level{quantity: 4, stocked: true, given: new(10)}, condition{categoryLow, app.SeverityHigh}},
		{"half of the reorder point", level{quantity: 5, stocked: true, given: new(10)}, condition{categoryLow, app.SeverityMedium}},
		{"just under the reorder point", level{quantity: 9, stocked: true, given: new(10)}, condition{categoryLow, app.SeverityMedium}},
		{"at the reorder point", level{quantity: 10, stocked: true, given: new(10)}, condition{}},
		{"under a computed reorder point", level{quantity: 83, stocked: true, leadTimeDays: 7, units: 900, days: 90}, condition{categoryLow, app.SeverityMedium}},
		{"at a computed reorder point", level{quantity: 84, stocked: true, leadTimeDays: 7, units: 900, days: 90}, condition{}},
		{"neither stocked, sold nor wanted", level{days: 90}, condition{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, wrong := tc.level.condition()
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.want != condition{}, wrong)
		})
	}
}
