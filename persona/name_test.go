package persona

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

func TestName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   string
		want string
	}{
		{"plain", "Earl Grey Tea 50s", "Earl Grey Tea 50s"},
		{"sku with underscores", "AB_12_X", "AB_12_X"},
		{"product of sizes", "5*3cm", "5*3cm"},
		{"underscores of another script", "é_ü_ж", "é_ü_ж"},
		{"bold", "*Super* tea", "＊Super＊ tea"},
		{"italic at the edges", "_tea_", "＿tea＿"},
		{"struck", "was ~5~ now 4", "was ～5～ now 4"},
		{"doubled", "A**B", "A＊＊B"},
		{"beside punctuation", "size_(L)", "size＿(L)"},
		{"backticks anywhere", "a`b```c", "a｀b｀｀｀c"},
		{"quote", "> Depot", "＞ Depot"},
		{"list", "- Depot", "－ Depot"},
		{"no list", "-5 to >3", "-5 to >3"},
		{"several lines", " a\r\n b\tc\u2028d ", "a b c d"},
		{"control characters", "a\x00b\x1b[1mc\u0085d", "ab[1mc d"},
		{"directions", "a\u202Etpircs\u202C \u2066x\u2069\u200F", "atpircs x"},
		{"zero width", "a\u200B*b\uFEFF", "a*b"},
		{"joined emoji", "👩‍🚀 suit", "👩‍🚀 suit"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"template", "{{.SKU}}", "{{.SKU}}"},
		{"nothing visible", " \n\u202E", unnamed},
		{"empty", "", unnamed},
		{"just fits", strings.Repeat("é", 60), strings.Repeat("é", 60)},
		{"too long", strings.Repeat("é", 61), strings.Repeat("é", 59) + "…"},
		{"too long in ASCII", strings.Repeat("a", 61), strings.Repeat("a", 59) + "…"},
		{"cut after a letter", strings.Repeat("a", 58) + "*bcd", strings.Repeat("a", 58) + "＊…"},
		{"cut before a space", strings.Repeat("a", 58) + " bcd", strings.Repeat("a", 58) + "…"},
		{"too many accents", "ab" + strings.Repeat("\u0301", 500), "a…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, name(tt.in))
		})
	}
}

// TestNameDropsDirections goes through every mark that could turn the text
// behind a name around.
func TestNameDropsDirections(t *testing.T) {
	t.Parallel()
	for _, r := range "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C" {
		require.Equal(t, "ab", name("a"+string(r)+"b"), "%U", r)
	}
}

func TestNameOrNone(t *testing.T) {
	t.Parallel()
	require.Empty(t, nameOrNone(""))
	require.Equal(t, "Leeds", nameOrNone("Leeds"))
	require.Equal(t, "low stock", words("low_stock"))
	require.Equal(t, "Low stock", capitalised("low stock"))
	require.Equal(t, "Éclair", capitalised("éclair"))
	require.Equal(t, "1 day", capitalised("1 day"))
	require.Empty(t, capitalised(""))
}

// FuzzName holds every name to the rules of one line of WhatsApp text.
func FuzzName(f *testing.F) {
	for _, s := range hostileNames {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := name(s)
		require.True(t, utf8.ValidString(got))
		require.NotEmpty(t, strings.TrimSpace(got))
		require.Equal(t, strings.TrimSpace(got), got)
		require.LessOrEqual(t, uniseg.GraphemeClusterCount(got), maxNameGraphemes)
		require.LessOrEqual(t, utf16Units(got), maxNameUnits)
		require.NotRegexp(t, "[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\u202A-\u202E\u2066-\u2069`]", got)
		require.Equal(t, got, name(got), "a name that is safe stays as it is")
		if isPlain(s) {
			require.Equal(t, s, neutralise(bound(oneLine(s))), "the short way is the long way")
		}
		// The twins are the only change to what is visible, and NFKC undoes it.
		if got != unnamed && !strings.HasSuffix(got, ellipsis) {
			require.Equal(t, norm.NFKC.String(oneLine(s)), norm.NFKC.String(got))
		}
	})
}
