package nlp

import (
	"fmt"
	"time"
)

// Date is a calendar day without a time or a zone. Days are kept apart from
// instants because a day's midnight need not exist (Cairo, Beirut) or may
// come twice (Havana) where clocks change at night.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads "YYYY-MM-DD".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("parse date: %w", err)
	}
	return DateOf(t), nil
}

// utc is the day's midnight in UTC, where every day has 24 hours.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is the day n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// Before says that d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.utc().Before(other.utc()) }

// String gives "YYYY-MM-DD".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText gives "YYYY-MM-DD".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "YYYY-MM-DD".
func (d *Date) UnmarshalText(b []byte) error {
	parsed, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Start is the first instant of the day in a zone.
func (d Date) Start(loc *time.Location) time.Time {
	midnight := d.utc()
	noon := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, loc)
	// Midnight under the clock of the noon before, then under that of the day:
	// where both are right the first is earlier, where neither is the clocks
	// jumped over midnight and the day begins with that jump.
	before := noon.AddDate(0, 0, -1)
	for _, t := range []time.Time{before, noon} {
		_, offset := t.Zone()
		if s := midnight.Add(-time.Duration(offset) * time.Second).In(loc); DateOf(s) == d && s.Hour() == 0 && s.Minute() == 0 && s.Second() == 0 {
			return s
		}
	}
	_, jump := before.ZoneBounds()
	return jump
}

// DateRange is a span of whole days, both ends included. The days are the
// person's own; which instants they are depends on the zone (see Span).
type DateRange struct {
	// Name says what was asked for: today, yesterday, this_week, last_week,
	// this_month, last_month, last_N_days, or "YYYY-MM-DD..YYYY-MM-DD".
	Name  string `json:"name"`
	Start Date   `json:"start"`
	End   Date   `json:"end"`
}

// Span gives the instants of the range in a zone: from the first one of Start
// up to, not including, the first one after End.
func (r DateRange) Span(loc *time.Location) (from, until time.Time) {
	return r.Start.Start(loc), r.End.AddDays(1).Start(loc)
}

// Clock says when and where a text is read.
type Clock struct {
	Now time.Time // in the person's zone
	// WeekStart is the first day of "this week". Its zero value is Sunday, as
	// in package time; most companies want time.Monday.
	WeekStart time.Weekday
}

// day is the range of a single day.
func (c Clock) day(name string, offset int) DateRange {
	d := DateOf(c.Now).AddDays(offset)
	return DateRange{Name: name, Start: d, End: d}
}

// week is the range of the whole week that lies offset weeks from this one.
func (c Clock) week(name string, offset int) DateRange {
	today := DateOf(c.Now)
	since := (int(today.utc().Weekday()) - int(c.WeekStart) + 7) % 7
	start := today.AddDays(7*offset - since)
	return DateRange{Name: name, Start: start, End: start.AddDays(6)}
}

// month is the range of the whole month that lies offset months from this one.
func (c Clock) month(name string, offset int) DateRange {
	today := DateOf(c.Now)
	start := DateOf(time.Date(today.Year, today.Month+time.Month(offset), 1, 0, 0, 0, 0, time.UTC))
	next := DateOf(time.Date(start.Year, start.Month+1, 1, 0, 0, 0, 0, time.UTC))
	return DateRange{Name: name, Start: start, End: next.AddDays(-1)}
}

// lastDays is the range of the n days that end today.
func (c Clock) lastDays(n int) DateRange {
	today := DateOf(c.Now)
	return DateRange{Name: fmt.Sprintf("last_%d_days", n), Start: today.AddDays(1 - n), End: today}
}

// explicit is the range between two days in either order.
func explicit(a, b Date) DateRange {
	if b.Before(a) {
		a, b = b, a
	}
	return DateRange{Name: a.String() + ".." + b.String(), Start: a, End: b}
}
