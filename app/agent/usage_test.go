package agent

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ferry/sql/queries"
)

func TestSalesWindow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		oldest, newest string
		first          string
		days           int
	}{
		{"ninety days of many", "2025-01-01", "2026-07-14", "2026-04-16", 90},
		{"exactly ninety", "2026-04-16", "2026-07-14", "2026-04-16", 90},
		{"a short history", "2026-07-05", "2026-07-14", "2026-07-05", 10},
		{"one day", "2026-07-14", "2026-07-14", "2026-07-14", 1},
		{"over a change of clocks", "2026-03-20", "2026-04-02", "2026-03-20", 14},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := salesWindow(date(t, tc.oldest), date(t, tc.newest))
			require.Equal(t, span{date(t, tc.first), date(t, tc.newest)}, w)
			require.Equal(t, tc.days, w.days())
		})
	}
	require.Zero(t, span{}.days())
}

// Usage is remembered until the catalogue's version moves, the day changes or
// its life is over; and only then read again.
func TestUsageIsRemembered(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	s := newShop(t, wide, "Shop")
	place := s.place("Shop")
	product, idle := s.product("A-1", item{}), s.product("B-1", item{})
	s.sell(product, place, "2026-07-01", "2026-07-10", 1, 1)

	u := newUsages(queries.New(hot))
	clock := noon
	u.now = func() time.Time { return clock }
	day := date(t, "2026-07-16")
	version := int64(1)
	of := func(p uuid.UUID) usage {
		got, err := u.of(t.Context(), day, []usageKey{{company: s.id, product: p, version: version}})
		require.NoError(t, err)
		require.Len(t, got, 1)
		return got[0]
	}
	want := func(days, units int) {
		t.Helper()
		got := of(product)
		require.Equal(t, days, got.days)
		require.Equal(t, units, got.units())
		require.Equal(t, days, of(idle).days)
		require.Zero(t, of(idle).units())
	}
	want(10, 10)
	s.sell(product, place, "2026-07-11", "2026-07-11", 5, 1)
	want(10, 10)
	version++
	want(11, 15)

	s.sell(product, place, "2026-07-12", "2026-07-12", 5, 1)
	clock = clock.Add(usageLife - time.Second)
	want(11, 15)
	clock = clock.Add(time.Second)
	want(12, 20)

	s.sell(product, place, "2026-07-17", "2026-07-17", 5, 1)
	version++
	want(12, 20) // that day has begun nowhere yet
	day = date(t, "2026-07-17")
	want(17, 25)
}

// A remembered usage must not outlive its own span: asking about one product
// does not keep the days of another alive.
func TestSpansGrowOldToo(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	s := newShop(t, wide, "Shop")
	place := s.place("Shop")
	s.sell(s.product("A-1", item{}), place, "2026-07-01", "2026-07-10", 1, 1)
	u := newUsages(queries.New(hot))
	clock := noon
	u.now = func() time.Time { return clock }
	for i := range 4 {
		got, err := u.of(t.Context(), date(t, "2026-07-16"), []usageKey{{company: s.id, product: uuid.New(), version: 1}})
		require.NoError(t, err)
		want := 10
		if clock.Sub(noon) >= usageLife {
			want = 14
		}
		require.Equal(t, want, got[0].days, "after %d", i)
		if i == 0 {
			s.sell(s.product("B-1", item{}), place, "2026-07-14", "2026-07-14", 1, 1)
		}
		clock = clock.Add(usageLife/2 - time.Second)
	}
}

// Another company's product has no usage for us.
func TestUsageOfAnother(t *testing.T) {
	t.Parallel()
	hot, wide := pools(t)
	ours, theirs := newShop(t, wide, "Ours"), newShop(t, wide, "Theirs")
	product := theirs.product("A-1", item{})
	theirs.sell(product, theirs.place("Shop"), "2026-07-01", "2026-07-10", 1, 1)
	own := ours.product("A-1", item{})
	of := func() []usage {
		got, err := newUsages(queries.New(hot)).of(t.Context(), date(t, "2026-07-16"), []usageKey{
			{company: ours.id, product: product, version: 1},
			{company: ours.id, product: own, version: 1},
		})
		require.NoError(t, err)
		return got
	}
	require.Equal(t, []usage{{}, {}}, of(), "we have sold nothing at all")

	place := ours.place("Shop")
	ours.sell(own, place, "2026-07-08", "2026-07-09", 3, 1)
	require.Equal(t, []usage{{days: 2}, {days: 2, places: []placeUsage{{place, "Shop", 6}}}}, of())
}

func TestLatestDay(t *testing.T) {
	t.Parallel()
	kiritimati := time.FixedZone("+14", 14*60*60)
	for _, tc := range []struct{ name, at, want string }{
		{"morning in Greenwich", "2026-07-15T09:59:59Z", "2026-07-15"},
		{"the next day has begun in the Pacific", "2026-07-15T10:00:00Z", "2026-07-16"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tc.at)
			require.NoError(t, err)
			require.Equal(t, date(t, tc.want), latestDay(at))
			require.Equal(t, date(t, tc.want), latestDay(at.In(kiritimati)))
		})
	}
}
