package persona

import "time"

// day writes a calendar day, which has no zone to be converted to: "9 Jul
// 2026"; "2026-07-09" in a record.
func (v voice) day(t time.Time) string {
	switch {
	case t.IsZero():
		return v.known("")
	case v.record:
		return t.Format(time.DateOnly)
	default:
		return t.Format("2 Jan 2006")
	}
}

// dayOrNone is day for a day that may be missing.
func (v voice) dayOrNone(t *time.Time) string {
	if t == nil {
		return v.known("")
	}
	return v.day(*t)
}

// instant writes a moment in the person's zone: "9 Jul 2026, 14:03";
// "2026-07-09T14:03:00+01:00" in a record.
func (v voice) instant(t time.Time) string {
	switch {
	case t.IsZero():
		return v.known("")
	case v.record:
		return t.In(v.loc).Format(time.RFC3339)
	default:
		return t.In(v.loc).Format("2 Jan 2006, 15:04")
	}
}

// span writes the days from start to end, without what they share: "9 Jul
// 2026", "6 to 12 Jul 2026", "29 Jun to 5 Jul 2026".
func (v voice) span(start, end time.Time) string {
	from, to := v.day(start), v.day(end)
	switch {
	case from == "" || to == "":
		return from + to
	case from == to:
		return to
	case start.Year() != end.Year():
	case start.Month() != end.Month():
		from = start.Format("2 Jan")
	default:
		from = start.Format("2")
	}
	return from + " to " + to
}

// isPast says that a calendar day is over at the moment at, where the person
// is. A result without a moment has no past.
func (v voice) isPast(day *time.Time, at time.Time) bool {
	if day == nil || day.IsZero() || at.IsZero() {
		return false
	}
	year, month, date := day.Date()
	return time.Date(year, month, date+1, 0, 0, 0, 0, v.loc).Compare(at) <= 0
}
