package nlp_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/nlp"
)

// shop is a small catalogue with the traps of a real one: sizes, near names,
// accents, codes that read alike, two products of one name.
func shop() []nlp.Item {
	items := []nlp.Item{
		{SKU: "COF-ETH-1KG", Name: "Ethiopia Yirgacheffe 1kg", Aliases: []string{"Yirg kilo"}},
		{SKU: "COF-ETH-250", Name: "Ethiopia Yirgacheffe 250g"},
		{SKU: "COF-DEC-250", Name: "Colombian Decaf 250g", Aliases: []string{"house decaf"}},
		{SKU: "MLK-OAT-1", Name: "Oat Milk Barista 1L"},
		{SKU: "BRK-100", Name: "Brake Pads"},
		{SKU: "BRK-200", Name: "Brake Pads XL"},
		{SKU: "CAF-SET", Name: "Café au Lait Set"},
		{SKU: "00412-7", Name: "Inner Tube 700c"},
		{SKU: "ABC123", Name: "Blue Widget"},
		{SKU: "abc-124", Name: "Red Widget"},
		{SKU: "USB-C-2M", Name: "USB-C Cable 2m"},
		{SKU: "TEA-1", Name: "Green Tea"},
		{SKU: "TEA-2", Name: "Green Tea"},
		{SKU: "AMX-250", Name: "Amoxicillin 250mg"},
		{SKU: "AMX-500", Name: "Amoxicillin 500mg"},
		{SKU: "MUG", Name: "Stoneware Mug"},
		{SKU: "HIN-1", Name: "मसाला चाय"},
		{SKU: "BOX-77", Name: "Storage boxes, large"},
		{SKU: "AB-12", Name: "Left Hinge"},
		{SKU: "A-B12", Name: "Right Hinge"},
		{SKU: "HRB-1", Name: "Marjoran Mix"},
		{SKU: "HRB-2", Name: "Marjoram Mix"},
	}
	for i := range items {
		items[i].ID[0] = byte(i + 1)
	}
	return items
}

func TestCatalogueResolve(t *testing.T) {
	t.Parallel()
	c := nlp.NewCatalogue(shop())
	tests := []struct {
		name, words, sku string
		exact            bool
	}{
		{"code", "ABC123", "ABC123", true},
		{"code in lower case", "abc123", "ABC123", true},
		{"code with separators", "abc-123", "ABC123", true},
		{"code with blanks", "COF ETH 1KG", "COF-ETH-1KG", true},
		{"code without its separators", "cofeth1kg", "COF-ETH-1KG", true},
		{"code of digits", "004127", "00412-7", true},
		{"code of which another differs by its separators", "ab-12", "AB-12", true},
		{"code that is a word", "mug", "MUG", true},
		{"code among words", "the abc-124 ones", "abc-124", false},
		{"whole name", "Colombian Decaf 250g", "COF-DEC-250", true},
		{"name in capitals", "BLUE WIDGET", "ABC123", true},
		{"plural of a name", "blue widgets", "ABC123", true},
		{"singular of a name", "brake pad", "BRK-100", true},
		{"name without its blank", "brakepads", "BRK-100", true},
		{"name of which another is longer", "brake pads", "BRK-100", true},
		{"the longer name", "brake pads xl", "BRK-200", true},
		{"alias", "house decaf", "COF-DEC-250", true},
		{"accent left out", "cafe au lait set", "CAF-SET", true},
		{"measure with a blank", "amoxicillin 500 mg", "AMX-500", true},
		{"other script", "मसाला चाय", "HIN-1", true},
		{"one telling word", "decaf", "COF-DEC-250", false},
		{"words in another order", "milk oat barista", "MLK-OAT-1", false},
		{"telling word and size", "yirgacheffe 1kg", "COF-ETH-1KG", false},
		{"one letter changed", "red wodget", "abc-124", false},
		{"one letter lost", "colmbian decaf", "COF-DEC-250", false},
		{"letters swapped", "barsita milk", "MLK-OAT-1", false},
		{"two slips in a long word", "yirgachefe ethipia 250g", "COF-ETH-250", false},
		{"plural with a slip", "storage bxoes", "BOX-77", false},
		{"hyphen for a blank", "usb c cable", "USB-C-2M", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := c.Resolve(tt.words)
			require.NotNil(t, r.Item, "nearest: %v", r.Nearest)
			require.Equal(t, tt.sku, r.Item.SKU)
			require.Equal(t, tt.exact, r.Exact)
			require.Empty(t, r.Nearest)
		})
	}
}

func TestCatalogueOffersTheNearestWhenNothingWins(t *testing.T) {
	t.Parallel()
	c := nlp.NewCatalogue(shop())
	tests := []struct {
		name, words string
		nearest     []string
	}{
		{"two sizes", "yirgacheffe", []string{"COF-ETH-250", "COF-ETH-1KG"}},
		{"two strengths", "amoxicillin", []string{"AMX-250", "AMX-500"}},
		{"another strength is not a slip", "amoxicillin 750mg", []string{"AMX-250", "AMX-500"}},
		{"a near strength is not a slip", "amoxicillin 260mg", []string{"AMX-250", "AMX-500"}},
		{"two codes but for their separators", "AB12", []string{"AB-12", "A-B12"}},
		{"fewer slips are nearer", "marjorem mix", []string{"HRB-2", "HRB-1"}},
		{"two of one name", "green tea", []string{"TEA-1", "TEA-2"}},
		{"two colours", "widget", []string{"ABC123", "abc-124"}},
		{"a code is never guessed", "ABC125", []string{"ABC123", "abc-124"}},
		{"a colour that is not sold", "purple widget", []string{"ABC123", "abc-124"}},
		{"short words have no slips", "tee", nil},
		{"nothing near", "zebra crossing", nil},
		{"nothing at all", "", nil},
		{"only signs", "?!", nil},
		{"only little words", "the of and", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := c.Resolve(tt.words)
			require.Nil(t, r.Item)
			var got []string
			for _, item := range r.Nearest {
				got = append(got, item.SKU)
			}
			require.Equal(t, tt.nearest, got)
		})
	}
}

func TestCatalogueSharesItems(t *testing.T) {
	t.Parallel()
	items := shop()
	c := nlp.NewCatalogue(items)
	require.Equal(t, len(items), c.Len())
	require.Same(t, &items[8], c.Resolve("ABC123").Item)
}

func TestEmptyCatalogue(t *testing.T) {
	t.Parallel()
	c := nlp.NewCatalogue(nil)
	require.Equal(t, nlp.Resolution{}, c.Resolve("decaf"))
	require.Equal(t, nlp.Resolution{}, c.Resolve("ABC123"))
	require.Equal(t, nlp.Resolution{}, nlp.NewCatalogue([]nlp.Item{{}}).Resolve("decaf"))
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	p := nlp.NewPlaces([]string{"Leeds Warehouse", "Hull", "Store 5", "Store 6", "Bristol North", "Bristol South"})
	tests := []struct {
		name, words, place string
		nearest            []string
	}{
		{"short name", "leeds", "Leeds Warehouse", nil},
		{"whole name", "Leeds warehouse", "Leeds Warehouse", nil},
		{"noun that the name lacks", "the Hull depot", "Hull", nil},
		{"slip", "leds", "Leeds Warehouse", nil},
		{"number", "store 5", "Store 5", nil},
		{"two fit", "bristol", "", []string{"Bristol North", "Bristol South"}},
		{"none", "Aberdeen", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			place, nearest := p.Resolve(tt.words)
			require.Equal(t, tt.place, place)
			require.Equal(t, tt.nearest, nearest)
		})
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	c := nlp.NewCatalogue(shop())
	at := nlp.Clock{Now: time.Date(2026, 7, 15, 10, 0, 0, 0, time.UTC)}
	tests := []struct {
		name, text string
		intent     nlp.Intent
		sku        string
	}{
		{"name alone", "Colombian decaf 250g please", nlp.CheckInventory, "COF-DEC-250"},
		{"alias alone", "house decaf?", nlp.CheckInventory, "COF-DEC-250"},
		{"code alone", "abc 123", nlp.CheckInventory, "ABC123"},
		{"code alone, known by its shape", "cof-eth-1kg", nlp.CheckInventory, "COF-ETH-1KG"},
		{"a word of a name is not enough", "decaf", nlp.Unknown, ""},
		{"a wish is left alone", "reorder ABC123", nlp.ReorderStock, "ABC123"},
		{"small talk", "good morning", nlp.Unknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := nlp.Parse(tt.text, at).Settle(c)
			require.Equal(t, tt.intent, r.Intent)
			require.Equal(t, tt.sku, r.Entities.SKU)
			if tt.intent == nlp.CheckInventory {
				require.InDelta(t, 0.9, r.Confidence, 1e-9)
			}
		})
	}
}

// bigCatalogue makes 50,000 items as a wholesaler has them: brand, kind,
// detail and size, one alias on every fourth, and codes that look alike.
func bigCatalogue() []nlp.Item {
	syllables := strings.Fields("bra ken lo mi tor van del qui pre sta mon ras fel gor hin jup kel nor pol sem tul ver wex yar zon cam dru fil hex")
	word := func(i int) string {
		s := syllables
		return s[i%29] + s[(i/29)%29] + s[(i/841+i)%29]
	}
	kinds := strings.Fields("cable gland bracket pump filter valve gasket coffee decaf syrup glove tile board screw washer bearing chain tube sealant adhesive")
	sizes := strings.Fields("1kg 250g 500g 10mm 12mm 18mm 2m 5m xl small large 400mg 850mg 60w 100w")
	items := make([]nlp.Item, 50_000)
	for i := range items {
		items[i] = nlp.Item{
			SKU: fmt.Sprintf("%s-%05d-%c", strings.ToUpper(kinds[i%20][:3]), i, 'A'+i%26),
			Name: fmt.Sprintf("%s %s %s %s", word(i/40), word(5000+i%3000),
				kinds[(i/7)%20], sizes[(i/11)%15]),
		}
		if i%4 == 0 {
			items[i].Aliases = []string{fmt.Sprintf("%s %d", word(9000+i%7000), i%100)}
		}
		items[i].ID = [16]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}
	}
	return items
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestCatalogueSize is not parallel: it reads the size of the whole heap.
func TestCatalogueSize(t *testing.T) { //nolint:paralleltest // see above
	before := heap()
	items := bigCatalogue()
	withItems := heap()
	start := time.Now()
	c := nlp.NewCatalogue(items)
	took := time.Since(start)
	c.Resolve("decaf 250g") // also the memory of a query counts
	after := heap()
	t.Logf("items %.1f MB, index %.1f MB, built in %v", float64(withItems-before)/1e6, float64(after-withItems)/1e6, took)
	require.Less(t, after-before, uint64(25e6))
	runtime.KeepAlive(c)
}

// queries are what people type, right and wrong, over a big catalogue.
func queries(items []nlp.Item) []string {
	var q []string
	for i := 0; i < len(items); i += len(items) / 50 {
		name := items[i].Name
		words := strings.Fields(name)
		typo := []byte(words[0])
		typo[2], typo[3] = typo[3], typo[2]
		q = append(q, items[i].SKU, strings.ToLower(items[i].SKU), items[i].SKU+"9", name, words[0]+" "+words[2], string(typo)+" "+words[1]+" "+words[2],
			words[2], words[3], "some "+words[2]+" from nowhere", strings.Repeat("brakenlomi torvandel ", 9))
	}
	return q
}

func TestCatalogueResolveIsQuick(t *testing.T) { //nolint:paralleltest // it measures time
	items := bigCatalogue()
	c := nlp.NewCatalogue(items)
	var took []time.Duration
	for _, q := range queries(items) {
		best := time.Hour // of three: other processes interrupt
		for range 3 {
			start := time.Now()
			c.Resolve(q)
			best = min(best, time.Since(start))
		}
		took = append(took, best)
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d queries: p50 %v, p99 %v, max %v", len(took), p50, p99, took[len(took)-1])
	require.Less(t, p99, slowdown*10*time.Millisecond)
}

// TestCatalogueForgivesOneTypo types whole names with one slip each, in a word
// that is long enough to forgive it.
func TestCatalogueForgivesOneTypo(t *testing.T) {
	t.Parallel()
	items := bigCatalogue()
	c := nlp.NewCatalogue(items)
	random := rand.New(rand.NewPCG(1, 2))
	tried, right := 0, 0
	for i := 0; i < len(items); i += 123 {
		typed := withTypo(items[i].Name, random)
		if clean := c.Resolve(items[i].Name); clean.Item == nil || typed == items[i].Name {
			continue // a name that two items have
		}
		tried++
		if r := c.Resolve(typed); r.Item != nil && r.Item.SKU == items[i].SKU {
			right++
		}
	}
	t.Logf("%d of %d names with a typo", right, tried)
	require.Greater(t, tried, 300)
	require.Greater(t, float64(right)/float64(tried), 0.95)
}

// withTypo swaps, drops, doubles or changes a letter of one of the first two words.
func withTypo(name string, random *rand.Rand) string {
	words := strings.Fields(name)
	w := []byte(words[random.IntN(2)])
	at := random.IntN(len(w) - 1)
	before := string(w)
	switch random.IntN(4) {
	case 0:
		w[at], w[at+1] = w[at+1], w[at]
	case 1:
		w = slices.Delete(w, at, at+1)
	case 2:
		w = slices.Insert(w, at, w[at])
	default:
		w[at] = byte('a' + random.IntN(26))
	}
	return strings.Replace(name, before, string(w), 1)
}

func BenchmarkNewCatalogue50k(b *testing.B) {
	items := bigCatalogue()
	b.ReportAllocs()
	for b.Loop() {
		nlp.NewCatalogue(items)
	}
}

func BenchmarkResolve50k(b *testing.B) {
	items := bigCatalogue()
	c := nlp.NewCatalogue(items)
	for _, bb := range []struct{ name, words string }{
		{"sku", items[777].SKU},
		{"near sku", items[777].SKU + "9"},
		{"name", items[777].Name},
		{"words", strings.Join(strings.Fields(items[777].Name)[1:3], " ")},
		{"common words", "cable 250g"},
		{"typo", "barkenlomi " + strings.Fields(items[777].Name)[2]},
		{"nonsense", "completely unrelated sentence about nothing whatsoever"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Resolve(bb.words)
			}
		})
	}
}
