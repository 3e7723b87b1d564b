package nlp_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"ferry/nlp"
)

func clock(t *testing.T, now, zone string, weekStart time.Weekday) nlp.Clock {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	at, err := time.Parse(time.RFC3339, now)
	require.NoError(t, err)
	return nlp.Clock{Now: at.In(loc), WeekStart: weekStart}
}

func TestParseDateRanges(t *testing.T) {
	t.Parallel()
	const noon = "2026-07-15T12:00:00Z" // a Wednesday
	tests := []struct {
		name, text, now, zone string
		weekStart             time.Weekday
		want                  string // "name start end", "" for none
	}{
		{"today", "sales report today", noon, "UTC", time.Monday, "today 2026-07-15 2026-07-15"},
		{"of today", "today's sales report", noon, "UTC", time.Monday, "today 2026-07-15 2026-07-15"},
		{"yesterday", "sales report for yesterday", noon, "UTC", time.Monday, "yesterday 2026-07-14 2026-07-14"},
		{"this week", "sales report this week", noon, "UTC", time.Monday, "this_week 2026-07-13 2026-07-19"},
		{"this week from Sunday", "sales report this week", noon, "UTC", time.Sunday, "this_week 2026-07-12 2026-07-18"},
		{"last week", "sales report last week", noon, "UTC", time.Monday, "last_week 2026-07-06 2026-07-12"},
		{"last week from Sunday", "sales report last week", noon, "UTC", time.Sunday, "last_week 2026-07-05 2026-07-11"},
		{"last week from Saturday", "sales report last week", noon, "UTC", time.Saturday, "last_week 2026-07-04 2026-07-10"},
		{"possessive", "last week's sales report", noon, "UTC", time.Monday, "last_week 2026-07-06 2026-07-12"},
		{"week on its first day", "sales report this week", "2026-07-13T00:00:00Z", "UTC", time.Monday, "this_week 2026-07-13 2026-07-19"},
		{"week on its last day", "sales report this week", "2026-07-19T23:59:59Z", "UTC", time.Monday, "this_week 2026-07-13 2026-07-19"},
		{"week over a new year", "sales report last week", "2027-01-02T12:00:00Z", "UTC", time.Monday, "last_week 2026-12-21 2026-12-27"},
		{"this month", "sales report this month", noon, "UTC", time.Monday, "this_month 2026-07-01 2026-07-31"},
		{"month to date", "sales report mtd", noon, "UTC", time.Monday, "this_month 2026-07-01 2026-07-31"},
		{"last month", "sales report last month", noon, "UTC", time.Monday, "last_month 2026-06-01 2026-06-30"},
		{"last month on the 31st", "sales report last month", "2026-03-31T12:00:00Z", "UTC", time.Monday, "last_month 2026-02-01 2026-02-28"},
		{"last month in a leap year", "sales report last month", "2028-03-31T12:00:00Z", "UTC", time.Monday, "last_month 2028-02-01 2028-02-29"},
		{"last month in January", "sales report last month", "2027-01-31T12:00:00Z", "UTC", time.Monday, "last_month 2026-12-01 2026-12-31"},
		{"yesterday on the first", "sales report yesterday", "2026-03-01T12:00:00Z", "UTC", time.Monday, "yesterday 2026-02-28 2026-02-28"},
		{"last days", "sales report for the last 7 days", noon, "UTC", time.Monday, "last_7_days 2026-07-09 2026-07-15"},
		{"past days in words", "sales report past thirty days", noon, "UTC", time.Monday, "last_30_days 2026-06-16 2026-07-15"},
		{"last weeks", "sales report last 2 weeks", noon, "UTC", time.Monday, "last_14_days 2026-07-02 2026-07-15"},
		{"past week", "sales report for the past week", noon, "UTC", time.Monday, "last_7_days 2026-07-09 2026-07-15"},
		{"one day", "sales report last 1 day", noon, "UTC", time.Monday, "last_1_days 2026-07-15 2026-07-15"},
		{"ISO day", "sales report 2026-07-01", noon, "UTC", time.Monday, "2026-07-01..2026-07-01 2026-07-01 2026-07-01"},
		{"ISO range", "sales report 2026-07-01 to 2026-07-09", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"ISO range with dots", "sales report 2026-07-01..2026-07-09", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"ISO range with a dash", "sales report 2026-07-01 - 2026-07-09", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"ISO range with a typographic dash", "sales report 2026-07-01–2026-07-09", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"ISO range backwards", "sales report from 2026-07-09 until 2026-07-01", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"between", "sales report between 2026-07-01 and 2026-07-09", noon, "UTC", time.Monday, "2026-07-01..2026-07-09 2026-07-01 2026-07-09"},
		{"since", "sales report since 2026-07-01", noon, "UTC", time.Monday, "2026-07-01..2026-07-15 2026-07-01 2026-07-15"},
		{"leap day", "sales report 2028-02-29", noon, "UTC", time.Monday, "2028-02-29..2028-02-29 2028-02-29 2028-02-29"},

		{"none", "sales report", noon, "UTC", time.Monday, ""},
		{"not understood", "sales report last quarter", noon, "UTC", time.Monday, ""},
		{"not a period", "weekly sales report", noon, "UTC", time.Monday, ""},
		{"two periods", "sales report today vs yesterday", noon, "UTC", time.Monday, ""},
		{"one period twice", "today's sales report, today", noon, "UTC", time.Monday, "today 2026-07-15 2026-07-15"},
		{"only an end", "sales report until 2026-07-01", noon, "UTC", time.Monday, ""},
		{"no such day", "sales report 2026-02-30", noon, "UTC", time.Monday, ""},
		{"inside a word", "sales report todayish", noon, "UTC", time.Monday, ""},
		{"zero days", "sales report last 0 days", noon, "UTC", time.Monday, ""},
		{"absurdly many days", "sales report last 99999999999999999999 days", noon, "UTC", time.Monday, ""},

		{"still yesterday in São Paulo", "sales report today", "2026-07-15T01:30:00Z", "America/Sao_Paulo", time.Monday, "today 2026-07-14 2026-07-14"},
		{"already tomorrow in Auckland", "sales report today", "2026-07-15T12:30:00Z", "Pacific/Auckland", time.Monday, "today 2026-07-16 2026-07-16"},
		{"another month in Kiritimati", "sales report this month", "2026-07-31T11:00:00Z", "Pacific/Kiritimati", time.Monday, "this_month 2026-08-01 2026-08-31"},
		{"after the clocks went forward", "sales report yesterday", "2026-03-30T00:30:00Z", "Europe/London", time.Monday, "yesterday 2026-03-29 2026-03-29"},
		{"after the clocks went back", "sales report yesterday", "2026-10-26T00:30:00Z", "Europe/London", time.Monday, "yesterday 2026-10-25 2026-10-25"},
		{"days over a clock change", "sales report last 7 days", "2026-03-31T23:30:00Z", "Europe/Berlin", time.Monday, "last_7_days 2026-03-26 2026-04-01"},
		{"day without midnight", "sales report today", "2026-04-23T22:30:00Z", "Africa/Cairo", time.Monday, "today 2026-04-24 2026-04-24"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, clock(t, tt.now, tt.zone, tt.weekStart))
			require.Equal(t, nlp.GenerateReport, r.Intent, "%s", r.Trace)
			got := ""
			if d := r.Entities.DateRange; d != nil {
				got = d.Name + " " + d.Start.String() + " " + d.End.String()
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestDateRangeSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, zone, start, end string
		from, until            string
	}{
		{"UTC", "UTC", "2026-07-15", "2026-07-15", "2026-07-15T00:00:00Z", "2026-07-16T00:00:00Z"},
		{"a day of 23 hours", "Europe/London", "2026-03-29", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"},
		{"a day of 25 hours", "Europe/London", "2026-10-25", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"},
		{"midnight left out (Cairo)", "Africa/Cairo", "2026-04-24", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"midnight left out (São Paulo 2018)", "America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"midnight twice (Havana)", "America/Havana", "2026-11-01", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"half an hour off (Lord Howe)", "Australia/Lord_Howe", "2026-04-05", "2026-04-05", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
		{"a month", "America/New_York", "2026-03-01", "2026-03-31", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"},
		{"a day after one left out (Samoa 2011)", "Pacific/Apia", "2011-12-31", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(tt.zone)
			require.NoError(t, err)
			from, until := dates("", tt.start, tt.end).Span(loc)
			require.Equal(t, tt.from, from.UTC().Format(time.RFC3339))
			require.Equal(t, tt.until, until.UTC().Format(time.RFC3339))
		})
	}
}

// TestDaysHaveNoGaps holds, for every day of some years and zones, that the
// days follow each other without gap or overlap and begin on themselves.
func TestDaysHaveNoGaps(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{
		"UTC", "Europe/London", "America/New_York", "America/Havana", "Africa/Cairo", "Asia/Beirut", "America/Sao_Paulo",
		"America/Asuncion", "Atlantic/Azores", "Australia/Lord_Howe", "Asia/Tehran", "Asia/Kathmandu", "Africa/Casablanca",
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(zone)
			require.NoError(t, err)
			day := nlp.Date{Year: 2016, Month: time.January, Day: 1}
			for day.Year < 2028 {
				start, next := day.Start(loc), day.AddDays(1)
				// Plain comparisons: require is too slow for 57,000 days.
				if nlp.DateOf(start) != day || nlp.DateOf(start.Add(-time.Nanosecond)) != day.AddDays(-1) {
					t.Fatalf("%s begins at %v", day, start)
				}
				if length := next.Start(loc).Sub(start); length <= 22*time.Hour || length >= 26*time.Hour {
					t.Fatalf("%s lasts %v", day, length)
				}
				day = next
			}
		})
	}
}

func TestDateText(t *testing.T) {
	t.Parallel()
	var d nlp.Date
	require.NoError(t, json.Unmarshal([]byte(`"2028-02-29"`), &d))
	require.Equal(t, nlp.Date{Year: 2028, Month: time.February, Day: 29}, d)
	b, err := json.Marshal(d)
	require.NoError(t, err)
	require.Equal(t, `"2028-02-29"`, string(b))
	for _, bad := range []string{`"2027-02-29"`, `"tomorrow"`, `""`, `"2026-7-1"`} {
		require.Error(t, json.Unmarshal([]byte(bad), &d), bad)
	}
}
