package nlp

import "strings"

// maxDays bounds "last N days" to ten years.
const maxDays = 3660

// spotDates marks the tokens that tell a period and returns the period: nil
// when the text tells none, when it tells one that is not understood, or when
// it tells two different ones ("today vs yesterday"). Nothing is ever assumed.
func spotDates(tokens []token, at Clock) *DateRange {
	var found *DateRange
	clash := false
	for i := 0; i < len(tokens); {
		r, size := dateAt(tokens, i, at)
		if size == 0 {
			i++
			continue
		}
		if i > 0 && boundsDate(tokens[i-1].word) {
			clash = true // one end of a period does not tell the other
		}
		if found != nil && *found != r {
			clash = true
		}
		found = &r
		for j := i; j < i+size; j++ {
			tokens[j].span = spanDate
		}
		if i > 0 && introducesDate(tokens[i-1].word) && tokens[i-1].follow == pauseNone {
			tokens[i-1].span = spanDate
		}
		i += size
	}
	if clash {
		return nil
	}
	return found
}

// introducesDate lists words that belong to the period after them.
func introducesDate(w string) bool {
	switch w {
	case "for", "from", "over", "in", "on", "during", "within", "since", "of", "between", "the":
		return true
	}
	return false
}

// boundsDate lists words that make the date after them a limit or a deadline.
func boundsDate(w string) bool {
	switch w {
	case "until", "till", "before", "after", "by", "due":
		return true
	}
	return false
}

// dateAt reads the period that starts at tokens[i] and says how many tokens it
// takes; 0 when there is none.
func dateAt(tokens []token, i int, at Clock) (DateRange, int) {
	word := func(j int) string {
		if j < len(tokens) && (j == i || tokens[j-1].follow == pauseNone) {
			return tokens[j].word
		}
		return ""
	}
	switch w := word(i); w {
	case "today", "todays":
		return at.day("today", 0), 1
	case "yesterday", "yesterdays":
		return at.day("yesterday", -1), 1
	case "mtd":
		return at.month("this_month", 0), 1
	case "wtd":
		return at.week("this_week", 0), 1
	case "this", "last", "past", "previous":
		return relativeAt(tokens, i, w, word(i+1), at)
	case "since", "from", "between":
		if r, size := isoAt(tokens, i+1, at); size > 0 {
			if w != "between" && size == 1 && r.Start == r.End {
				return explicit(r.Start, DateOf(at.Now)), 2
			}
			return r, size + 1
		}
		return DateRange{}, 0
	}
	return isoAt(tokens, i, at)
}

// relativeAt reads "this week", "last month", "past 30 days".
func relativeAt(tokens []token, i int, which, unit string, at Clock) (DateRange, int) {
	switch unit = strings.TrimSuffix(unit, "s"); {
	case which == "this" && unit == "week":
		return at.week("this_week", 0), 2
	case which == "this" && unit == "month":
		return at.month("this_month", 0), 2
	case which == "this":
		return DateRange{}, 0
	case unit == "week" && which == "past":
		return at.lastDays(7), 2
	case unit == "week":
		return at.week("last_week", -1), 2
	case unit == "month" && which == "past":
		return at.lastDays(30), 2
	case unit == "month":
		return at.month("last_month", -1), 2
	}
	if tokens[i].follow != pauseNone {
		return DateRange{}, 0
	}
	n, size := numberAt(tokens, i+1)
	if size == 0 || i+1+size >= len(tokens) || n > maxDays {
		return DateRange{}, 0
	}
	switch tokens[i+1+size].word {
	case "week", "weeks":
		n *= 7
	case "day", "days":
	default:
		return DateRange{}, 0
	}
	if n < 1 || n > maxDays {
		return DateRange{}, 0
	}
	return at.lastDays(n), size + 2
}

// isoAt reads "2026-07-01", or two of them joined by a word, a dash or "..".
func isoAt(tokens []token, i int, at Clock) (DateRange, int) {
	if i >= len(tokens) {
		return DateRange{}, 0
	}
	w := tokens[i].word
	if len(w) > len("2006-01-02") {
		return isoPair(w)
	}
	a, ok := isoDate(w)
	if !ok {
		return DateRange{}, 0
	}
	j := i + 1
	if j < len(tokens) {
		switch tokens[j].word {
		case "to", "until", "till", "til", "through", "thru", "and":
			j++
		}
	}
	// A dash between blanks is a soft pause after the first date.
	if j < len(tokens) && (j > i+1 || tokens[i].follow == pauseSoft) {
		if b, ok := isoDate(tokens[j].word); ok {
			return explicit(a, b), j - i + 1
		}
		if w := tokens[j].word; j > i+1 && (w == "today" || w == "now") {
			return explicit(a, DateOf(at.Now)), j - i + 1
		}
	}
	return explicit(a, a), 1
}

// isoPair reads two dates in one word: "2026-07-01..2026-07-09".
func isoPair(w string) (DateRange, int) {
	const n = len("2006-01-02")
	if len(w) < 2*n+1 || len(w) > 2*n+3 {
		return DateRange{}, 0
	}
	a, okA := isoDate(w[:n])
	b, okB := isoDate(w[len(w)-n:])
	if !okA || !okB || strings.Trim(w[n:len(w)-n], ".-/") != "" {
		return DateRange{}, 0
	}
	return explicit(a, b), 1
}

// isoDate reads "YYYY-MM-DD"; the shape is looked at first because most words
// are not dates and an error costs an allocation.
func isoDate(w string) (Date, bool) {
	if len(w) != len("2006-01-02") || w[4] != '-' || w[7] != '-' || !isASCIIDigit(w[0]) {
		return Date{}, false
	}
	d, err := ParseDate(w)
	return d, err == nil
}
