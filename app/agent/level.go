package agent

import (
	"math"

	"ferry/app"
)

// level is what the rules about a product's stock are applied to. The same
// rules serve the answer to "how many do we have?", the alerts and the reports.
type level struct {
	quantity     int  // over all places; below zero when a person was told so
	stocked      bool // some place has a stock record
	given        *int // the company's own reorder point
	safetyGiven  *int // the company's own safety stock
	leadTimeDays int  // 0: neither the product nor its supplier has one
	units        int  // sold over days, returns taken off
	days         int  // days of sales data that units rests on; 0: the company has none
}

// usageWindow is how many days of sales the usage of a product rests on: the
// last ones of the company's data, fewer when there are fewer.
const usageWindow = 90

// serviceFactor is the standard normal quantile of a 95 % cycle service level.
const serviceFactor = 1.645

// dailyUsage is the mean of units sold a day; 0 without sales, and when returns
// outweigh them.
func (l level) dailyUsage() float64 {
	if l.days == 0 {
		return 0
	}
	return float64(l.sold()) / float64(l.days)
}

func (l level) sold() int { return max(l.units, 0) }

// usageOver is what is sold over that many days at the present rate, rounded
// up. It stays in whole numbers: 0.1 × 30 must be 3, not 4.
func (l level) usageOver(days int) int {
	if l.days == 0 {
		return 0
	}
	return (l.sold()*days + l.days - 1) / l.days
}

// safetyStock is the company's own, else z·σ·√L, the textbook rule for a steady
// lead time (P. L. King, "Crack the Code: Understanding Safety Stock and
// Mastering Its Equations", APICS Magazine, July/August 2011), for a service
// level of 95 %. The demand is taken as Poisson, whose variance is its mean, so
// that σ·√L is the square root of the usage over the lead time and the rule
// needs nothing that is not known. Rounded up.
func (l level) safetyStock() int {
	switch {
	case l.safetyGiven != nil:
		return *l.safetyGiven
	case l.days == 0:
		return 0
	}
	return int(math.Ceil(serviceFactor * math.Sqrt(l.dailyUsage()*float64(l.leadTimeDays))))
}

// reorderPoint is the company's own, else the usage over the lead time plus the
// safety stock.
func (l level) reorderPoint() int {
	if l.given != nil {
		return *l.given
	}
	return l.usageOver(l.leadTimeDays) + l.safetyStock()
}

// coverageDays is how long the stock lasts at the present rate, in whole days;
// nil without sales to judge by.
func (l level) coverageDays() *int {
	if l.sold() == 0 || l.days == 0 {
		return nil
	}
	days := max(l.quantity, 0) * l.days / l.sold()
	return &days
}

// The categories of the alerts about stock.
const (
	categoryLow = "low_stock"
	categoryOut = "out_of_stock"
)

// condition is what is wrong with a product's stock.
type condition struct {
	category string
	severity app.Severity
}

// condition applies the rule of the alerts: out of stock is critical for what
// sells and low for what does not; under half of the reorder point is high,
// under the reorder point medium. false: nothing is wrong, or the product is
// neither stocked nor sold nor given a reorder point, so that nothing is known.
func (l level) condition() (condition, bool) {
	point := l.reorderPoint()
	switch {
	case !l.stocked && l.sold() == 0 && point == 0:
		return condition{}, false
	case l.quantity <= 0 && l.sold() > 0:
		return condition{categoryOut, app.SeverityCritical}, true
	case l.quantity <= 0:
		return condition{categoryOut, app.SeverityLow}, true
	case 2*l.quantity < point:
		return condition{categoryLow, app.SeverityHigh}, true
	case l.quantity < point:
		return condition{categoryLow, app.SeverityMedium}, true
	}
	return condition{}, false
}
