package nlp

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTablesCompile(t *testing.T) {
	t.Parallel()
	g, errs := compileGrammar(patterns(), guards())
	require.Empty(t, errs)
	require.Len(t, g.rules, len(patterns()))
	require.Len(t, g.traps, len(guards()))
	for _, p := range patterns() {
		require.True(t, p.intent.Valid() && p.intent != Unknown, p.template)
		require.NotZero(t, p.strength, p.template)
	}
	seen := map[string]bool{}
	for _, p := range patterns() {
		require.False(t, seen[p.template], "twice: %s", p.template)
		seen[p.template] = true
	}
}

func TestCompileTemplateRefusesNonsense(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"check (stock":        "not closed",
		"check {nothing}":     "no slot {nothing}",
		"{product} stock":     "begins with a slot",
		"[the] {product} new": "begins with a slot",
		"":                    "begins with a slot",
	} {
		_, err := compileTemplate(source)
		require.ErrorContains(t, err, want, source)
	}
}

func TestTemplateMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template, text, slot string
		fits                       bool
	}{
		{"words", "check stock", "check stock", "", true},
		{"other words", "check stock", "check socks", "", false},
		{"choice", "(check|see) stock", "see stock", "", true},
		{"longer choice after a shorter one", "how (much|much more) is it", "how much more is it", "", true},
		{"optional there", "check [the] stock", "check the stock", "", true},
		{"optional not there", "check [the] stock", "check stock", "", true},
		{"slot to the end", "stock {product}", "stock big blue mugs", "big blue mugs", true},
		{"slot stops at a sentence", "stock {product}", "stock mugs. thanks", "mugs", true},
		{"slot in the middle", "is {product} in stock", "is the mug in stock", "the mug", true},
		{"slot needs a word", "stock {product}", "stock", "", false},
		{"slot takes at most twelve", "stock {product} $", "stock a b c d e f g h j k l m n o p q", "", false},
		{"end", "stock $", "stock", "", true},
		{"end after politeness", "stock $", "stock now thanks", "", true},
		{"not the end", "stock $", "stock exchange", "", false},
		{"start", "^ stock {product}", "hello, stock mugs", "mugs", true},
		{"not the start", "^ stock {product}", "our stock of mugs", "", false},
		{"start of a later sentence", "^ stock {product}", "It rains. Stock mugs", "mugs", true},
		{"verb", "< order {product}", "i want to order mugs", "mugs", true},
		{"noun", "< order {product}", "my order mugs", "", false},
		{"words do not join sentences", "check stock", "check. stock", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := compileTemplate(tt.template)
			require.NoError(t, err)
			tokens := tokenize(normalise(tt.text))
			for i := range tokens {
				tokens[i].filler = isFiller(tokens[i].word)
			}
			s := newSentence(tokens)
			fits, slot := false, ""
			for i := range tokens {
				if m, ok := compiled.matchAt(&s, i); ok {
					fits, slot = true, quote(normalise(tt.text), tokens[m.slotStart:m.slotEnd])
					break
				}
			}
			require.Equal(t, tt.fits, fits)
			require.Equal(t, tt.slot, slot)
		})
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "stock ABC", "stock ABC"},
		{"outer blanks", "  stock ABC  ", "stock ABC"},
		{"inner blanks", "stock \t  ABC", "stock ABC"},
		{"newline wins over blanks", "stock \n\n ABC", "stock\nABC"},
		{"carriage return", "stock\r\nABC", "stock\nABC"},
		{"quotes", "what’s “this” ‘now’", `what's "this" 'now'`},
		{"dashes", "AB–12 ‑ x", "AB-12 - x"},
		{"em dash parts words", "mugs—now", "mugs - now"},
		{"compatibility forms", "ｓｔｏｃｋ ﬁve ①", "stock five 1"},
		{"composition", "cafe\u0301", "café"},
		{"zero width", "st\u200bo\u200dc\ufeffk", "stock"},
		{"soft hyphen", "in\u00adventory", "inventory"},
		{"bidi", "\u202estock\u202c", "stock"},
		{"emoji", "📦stock❤️ABC", "stock ABC"},
		{"key cap", "1\ufe0f\u20e3", "1"},
		{"digits of other scripts", "५० ٣", "50 3"},
		{"script marks stay", "स्टॉक", "स्टॉक"},
		{"invalid bytes", "st\xffock", "st ock"},
		{"control", "st\x00ock\x1b", "st ock"},
		{"case stays", "ÀÉ", "ÀÉ"},
		{"nothing", "", ""},
		{"only invisible", "\u200b\u200e", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, normalise(tt.in))
		})
	}
	require.Len(t, normalise(strings.Repeat("a", 10_000)), maxRunes)
	require.Equal(t, maxRunes, utf8.RuneCountInString(normalise(strings.Repeat("\ufdfa", 4000))))
}

func TestTokenize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string // words, with the pause after them
	}{
		{"sentence", "Stock ABC123, please!", []string{"stock", "abc123,", "please."}},
		{"inner signs stay", "CBL/220/BLK brk.shm.r7100 P&L", []string{"cbl/220/blk", "brk.shm.r7100", "p&l"}},
		{"inner signs split", "stock:ABC,DEF=3", []string{"stock,", "abc,", "def", "=", "3"}},
		{"thousands and times", "1,000 10:30", []string{"1,000", "10:30"}},
		{"apostrophes", "What's Tom's", []string{"whats", "toms"}},
		{"brackets", "mug (blue)", []string{"mug,", "blue,"}},
		{"abbreviation", "no. 5. J. Fisk", []string{"no", "5.", "j", "fisk"}},
		{"line end", "stock\nABC", []string{"stock.", "abc"}},
		{"line end after a colon", "stock:\nABC", []string{"stock,", "abc"}},
		{"lone dash", "2026-07-01 - 2026-07-09", []string{"2026-07-01,", "2026-07-09"}},
		{"at sign", "mugs @ Leeds", []string{"mugs", "@", "leeds"}},
		{"question marks", "??", []string{"?"}},
		{"signs only", "!!", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, token := range tokenize(tt.text) {
				got = append(got, token.word+[]string{"", ",", "."}[token.follow])
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestIsCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"ABC123", "abc-123", "KX-2207", "prx500-28", "00412-7", "5012345678900", "brk.shm.r7100", "W1200X600-AC", "ABX-19/C",
		"cof_eth_1kg", "8841-220", "EL9034", "CBL/220/BLK", "HLM.BLK.L", "P12-A-44",
	} {
		require.True(t, isCode(code), code)
	}
	for _, word := range []string{
		"", "mug", "m8", "OSB3", "250mg", "12.5mm", "700c", "2.4GHz", "10-speed", "12-inch", "usb-c", "e-bike", "50", "1,000", "1.5k",
		"10am", "2nd", "2026-07-01", "2026-07-01..2026-07-09", "10-12", "P&L", "well-known", "and/or", "U.K", "A-12", "12x50mm", "café123",
		strings.Repeat("A1", 30),
	} {
		require.False(t, isCode(word), word)
	}
}

func TestNumberAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    string
		n, size int
	}{
		{"50", 50, 1},
		{"0", 0, 1},
		{"x50", 50, 1},
		{"50x", 50, 1},
		{"1,000", 1000, 1},
		{"12,500,000", 0, 0},
		{"1k", 1000, 1},
		{"1.5k", 1500, 1},
		{"2 dozen", 24, 2},
		{"a dozen", 12, 2},
		{"half a dozen", 6, 3},
		{"two dozen", 24, 2},
		{"one", 1, 1},
		{"nineteen", 19, 1},
		{"twenty one", 21, 2},
		{"ninety-nine", 99, 1},
		{"a hundred", 100, 2},
		{"three hundred and four", 304, 4},
		{"two thousand", 2000, 2},
		{"two thousand five hundred", 2500, 4},
		{"hundred", 100, 1},
		{"one two", 1, 1},
		{"twenty twenty", 20, 1},
		{"five hundred and mugs", 500, 2},
		{"a mug", 0, 0},
		{"mug", 0, 0},
		{"", 0, 0},
		{"1.5", 0, 0},
		{"1,00", 0, 0},
		{",5", 0, 0},
		{"99999999", 0, 0},
		{"hundred hundred", 100, 1},
		{"thousand thousand", 1000, 1},
		{"k", 0, 0},
		{"x", 0, 0},
		{"1.k", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			var tokens []token
			for w := range strings.FieldsSeq(tt.text) {
				tokens = append(tokens, token{word: w})
			}
			n, size := numberAt(tokens, 0)
			require.Equal(t, tt.size, size)
			require.Equal(t, tt.n, n)
		})
	}
}

func TestNameWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"Brake Pads":               {"brake", "pad"},
		"Amoxicillin 250 mg":       {"amoxicillin", "250mg"},
		"The Café's Box of Cherry": {"cafe", "box", "cherry"},
		"USB-C cables, 2m":         {"usb", "c", "cable", "2m"},
		"glass":                    {"glass"},
		"batteries boxes dishes":   {"battery", "box", "dish"},
		"12 5":                     {"12", "5"},
		"":                         nil,
	} {
		var got []string
		nameWords(name, func(w string, _ int) { got = append(got, w) })
		require.Equal(t, want, got, name)
	}
}

// plainDistance is distance without any of its shortcuts.
func plainDistance(a, b []byte) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// checkDistance holds distance against plainDistance, and that letters never
// rules out a word that is within the limit.
func checkDistance(t *testing.T, a, b string) {
	t.Helper()
	if len(a) > maxWordLength || len(b) > maxWordLength {
		return
	}
	want := plainDistance([]byte(a), []byte(b))
	for limit := 1; limit <= 2; limit++ {
		require.Equal(t, min(want, limit+1), distance([]byte(a), []byte(b), limit), "%q %q within %d", a, b, limit)
		if want <= limit && isASCII(a+b) {
			require.False(t, tooFar(letters(a), letters(b), limit), "%q %q", a, b)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"", ""},
		{"", "a"},
		{"abc", "abc"},
		{"stock", "stcok"},
		{"stock", "stok"},
		{"stock", "stick"},
		{"stock", "stockk"},
		{"brake", "barek"},
		{"ab", "ba"},
		{"aab", "aba"},
		{"xab", "bax"},
		{"kitten", "sitting"},
		{"abcdefgh", "badcfehg"},
		{"same", "mesa"},
	} {
		checkDistance(t, pair[0], pair[1])
		checkDistance(t, pair[1], pair[0])
	}
	require.Equal(t, 1, distance([]rune("मसाला"), []rune("मसला"), 1))
	require.Equal(t, 2, distance([]byte(strings.Repeat("a", 99)), []byte("b"), 1))
}

func TestLexicon(t *testing.T) {
	t.Parallel()
	words := []string{"a", "bolt", "nut", "", "washer", "washers", strings.Repeat("long", 20), "café", "bolts", "boat", "मसाला"}
	slices.SortFunc(words, compareWords)
	x := newLexicon(words)
	for i, w := range words {
		n, ok := x.find(w)
		require.True(t, ok, w)
		require.Equal(t, row32(i), n)
		require.Equal(t, w, string(x.word(n)))
	}
	for _, w := range []string{"b", "bol", "zzz", strings.Repeat("x", 40)} {
		_, ok := x.find(w)
		require.False(t, ok, w)
	}
	near := func(word string, limit int) []string {
		var got []string
		for _, s := range x.near(word, limit) {
			got = append(got, string(x.word(s.word)))
		}
		return got
	}
	require.Equal(t, []string{"boat", "bolt"}, near("bot", 1))
	require.Equal(t, []string{"bolt", "bolts"}, near("blot", 2)[1:])
	require.Equal(t, []string{"washer", "washers"}, near("wahsers", 2))
	require.Equal(t, []string{"café"}, near("cafè", 1))
	require.Equal(t, []string{"मसाला"}, near("मसला", 1))
	require.Empty(t, near("bolt", 0))
	require.Empty(t, near(strings.Repeat("long", 20), 2))
	require.Empty(t, newLexicon(nil).near("bolt", 2))
}

func TestSlips(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"stok", "stock"}, {"stcok", "stock"}, {"stoock", "stock"}, {"tsock", "stock"}, {"invntory", "inventory"}} {
		require.True(t, isSlip(pair[0], pair[1]), pair)
	}
	for _, pair := range [][2]string{{"stock", "stock"}, {"stick", "stock"}, {"stocks", "stock"}, {"purchased", "purchase"}, {"border", "order"}, {"st", "stock"}, {"", "stock"}} {
		require.False(t, isSlip(pair[0], pair[1]), pair)
	}
}
