package nlp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	for _, p := range patterns() {
		f.Add(strings.NewReplacer("{", "", "}", "", "(", "", ")", "", "|", " ").Replace(p.template), int64(1784109600), 1)
	}
	for _, text := range []string{
		"", "stock ABC123", "order a hundred and twenty x of x50", "last 7 days since 2026-07-01 - 2026-07-09", "\xff\x00", "५० \u202e?", "warehouse 2 in at the",
		strings.Repeat("how many ", 500), strings.Repeat("\ufdfa", 900), "ack #A-1, all", "'''", "= = =", "1,1,1,1", "twenty-", "a dozen dozen dozen",
	} {
		f.Add(text, int64(-62135596800), 7)
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64, weekStart int) {
		at := Clock{Now: time.Unix(seconds%(1<<37), 0).UTC(), WeekStart: time.Weekday(uint(weekStart) % 7)}
		start := time.Now()
		r := Parse(text, at)
		require.Less(t, time.Since(start), time.Second)
		require.Equal(t, text, r.Text)
		require.True(t, r.Intent.Valid())
		require.Equal(t, r.Intent == Unknown, r.Confidence == 0)
		require.True(t, r.Confidence == 0 || (r.Confidence >= confidenceLeast && r.Confidence <= confidenceStrong))
		require.Equal(t, r.Trace, Parse(text, at).Trace, "the same text gives the same result")
		require.NotPanics(t, func() { _ = r.Trace.String() })

		plain := normalise(text)
		require.True(t, utf8.ValidString(plain))
		for _, words := range []string{r.Entities.Product, r.Entities.Supplier, r.Entities.Location} {
			for w := range strings.FieldsSeq(words) {
				require.Contains(t, plain, w, "entities are words of the text")
			}
		}
		if q := r.Entities.Quantity; q != nil {
			require.True(t, 0 <= *q && *q <= 12*maxQuantity)
		}
		if d := r.Entities.DateRange; d != nil {
			require.False(t, d.End.Before(d.Start), "%v", d)
		}
		_, err := json.Marshal(r)
		require.NoError(t, err)
	})
}

func FuzzResolve(f *testing.F) {
	for _, words := range []string{"ABC123", "brake pads", "brakepads xl", "café", "मसाला", "", "250 mg", "\xff-\x00", strings.Repeat("brake ", 99), "a-b-c", "şırınga", "İ"} {
		f.Add(words, "Brake Pads 250 mg", "ABC-123")
	}
	f.Fuzz(func(t *testing.T, words, name, sku string) {
		items := []Item{
			{SKU: sku, Name: name, Aliases: []string{words}},
			{SKU: "ABC-124", Name: "Brake Pads XL"},
			{SKU: "X", Name: name + " large"},
		}
		c := NewCatalogue(items)
		for _, query := range []string{words, name, sku, words + " " + name} {
			start := time.Now()
			r := c.Resolve(query)
			require.Less(t, time.Since(start), time.Second)
			require.LessOrEqual(t, len(r.Nearest), maxNearest)
			require.True(t, r.Item == nil || r.Nearest == nil, "a winner or the nearest, not both")
			require.True(t, !r.Exact || r.Item != nil)
			require.Equal(t, r, c.Resolve(query), "the same words give the same item")
		}
		if codeKey(sku) != "" && len(sku) < maxResolved && utf8.ValidString(sku) && codeKey(sku) != "ABC124" && codeKey(sku) != "X" {
			r := c.Resolve(sku)
			require.NotNil(t, r.Item, "a code finds its item")
			require.Same(t, &items[0], r.Item)
		}
		places := NewPlaces([]string{name, words})
		places.Resolve(words)
	})
}

func FuzzDistance(f *testing.F) {
	f.Add("stock", "stcok")
	f.Add("aab", "aba")
	f.Fuzz(checkDistance)
}
