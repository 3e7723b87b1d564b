package persona

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestInstant(t *testing.T) {
	t.Parallel()
	delhi := time.FixedZone("IST", 5*60*60+30*60)
	at := time.Date(2026, 7, 9, 20, 3, 4, 5, time.UTC)
	require.Equal(t, "10 Jul 2026, 01:33", voice{loc: delhi}.instant(at))
	require.Equal(t, "2026-07-10T01:33:04+05:30", voice{loc: delhi, record: true}.instant(at))
	require.Equal(t, "2026-07-09T20:03:04Z", voice{loc: time.UTC, record: true}.instant(at))
	require.Empty(t, voice{loc: delhi}.instant(time.Time{}))
}

// TestDay keeps days where they are: a day read from the database is midnight
// UTC, which is the day before in New York.
func TestDay(t *testing.T) {
	t.Parallel()
	newYork := time.FixedZone("EDT", -4*60*60)
	require.Equal(t, "9 Jul 2026", voice{loc: newYork}.day(date(2026, 7, 9)))
	require.Equal(t, "2026-07-09", voice{loc: newYork, record: true}.day(date(2026, 7, 9)))
	require.Equal(t, "9 Jul 2026", voice{loc: time.UTC}.day(time.Date(2026, 7, 9, 23, 59, 0, 0, newYork)))
	require.Empty(t, voice{loc: newYork}.day(time.Time{}))
	require.Empty(t, voice{loc: newYork}.dayOrNone(nil))
}

func TestSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		start, end time.Time
		want       string
	}{
		{"a day", date(2026, 7, 9), date(2026, 7, 9), "9 Jul 2026"},
		{"a day's first and last moment", date(2026, 7, 9), date(2026, 7, 9).Add(24*time.Hour - 1), "9 Jul 2026"},
		{"within a month", date(2026, 7, 6), date(2026, 7, 12), "6 to 12 Jul 2026"},
		{"over a month's end", date(2026, 6, 29), date(2026, 7, 5), "29 Jun to 5 Jul 2026"},
		{"over a year's end", date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 to 3 Jan 2027"},
		{"the same month of another year", date(2025, 7, 6), date(2026, 7, 6), "6 Jul 2025 to 6 Jul 2026"},
		{"no start", time.Time{}, date(2026, 7, 6), "6 Jul 2026"},
		{"neither", time.Time{}, time.Time{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, voice{loc: time.UTC}.span(tt.start, tt.end))
		})
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	v := voice{loc: time.UTC}
	require.Equal(t, "Last week (29 Jun to 5 Jul 2026)", v.period(app.DateRange{Name: "last_week", Start: date(2026, 6, 29), End: date(2026, 7, 5)}))
	require.Equal(t, "6 Jul 2026", v.period(app.DateRange{Name: "2026-07-06..2026-07-06", Start: date(2026, 7, 6), End: date(2026, 7, 6)}))
	require.Equal(t, "6 Jul 2026", v.period(app.DateRange{Start: date(2026, 7, 6), End: date(2026, 7, 6)}))
	require.Equal(t, "Today", v.period(app.DateRange{Name: "today"}))
	require.Empty(t, v.period(app.DateRange{}))
}

func TestIsPast(t *testing.T) {
	t.Parallel()
	newYork := voice{loc: time.FixedZone("EDT", -4*60*60)}
	due := dateRef(7, 9)
	require.False(t, newYork.isPast(due, time.Date(2026, 7, 10, 3, 59, 59, 0, time.UTC)), "still the 9th in New York")
	require.True(t, newYork.isPast(due, time.Date(2026, 7, 10, 4, 0, 0, 0, time.UTC)))
	require.False(t, newYork.isPast(nil, asked()))
	require.False(t, newYork.isPast(&time.Time{}, asked()))
	require.False(t, newYork.isPast(due, time.Time{}))
}
