package persona

import (
	"strings"
	"testing"
	"unicode"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 99)
	tenLines := strings.TrimSpace(strings.Repeat(line+"\n", 10))
	family := "👨‍👩‍👧‍👦" // 11 UTF-16 units
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"empty", "", nil},
		{"blank", " \n\t ", nil},
		{"short", "✅ Stock OK", []string{"✅ Stock OK"}},
		{"white space around", "\n hello \n", []string{"hello"}},
		{"exactly full", strings.Repeat("x", 1500), []string{strings.Repeat("x", 1500)}},
		{"bytes are not units", strings.Repeat("é", 1500), []string{strings.Repeat("é", 1500)}},
		{"pairs of units", strings.Repeat("😀", 751), []string{strings.Repeat("😀", 750), "😀"}},
		{"between paragraphs", tenLines + "\n\n" + tenLines, []string{tenLines, tenLines}},
		{"a line before an early paragraph", "Heading\n\n" + tenLines + "\n" + tenLines, []string{
			"Heading\n\n" + tenLines + "\n" + strings.TrimSpace(strings.Repeat(line+"\n", 4)), strings.TrimSpace(strings.Repeat(line+"\n", 6)),
		}},
		{"between words", strings.Repeat("word ", 301) + "end", []string{strings.TrimSpace(strings.Repeat("word ", 300)), "word end"}},
		{"graphemes stay whole", strings.Repeat(family, 137), []string{strings.Repeat(family, 136), family}},
		{"bold stays whole", strings.Repeat("a", 1480) + " *bold and more words* end", []string{strings.Repeat("a", 1480), "*bold and more words* end"}},
		{"bold too long to stay whole", "*" + strings.Repeat("ab ", 600) + "a*", []string{
			"*" + strings.TrimSpace(strings.Repeat("ab ", 500)), strings.Repeat("ab ", 100) + "a*",
		}},
		{"a fence stays whole", strings.Repeat("a ", 600) + "```" + strings.Repeat("b\n\n", 300) + "b```", []string{
			strings.TrimSpace(strings.Repeat("a ", 600)), "```" + strings.Repeat("b\n\n", 300) + "b```",
		}},
		{"full to the brim", strings.Repeat("x", 4500), []string{strings.Repeat("x", 1500), strings.Repeat("x", 1500), strings.Repeat("x", 1500)}},
		{"white space costs nothing", strings.Repeat("x", 1500) + strings.Repeat("\n", 2000) + strings.Repeat("y", 3000), []string{
			strings.Repeat("x", 1500), strings.Repeat("y", 1500), strings.Repeat("y", 1500),
		}},
		{"too long", strings.Repeat("x", 4501), []string{strings.Repeat("x", 1500), strings.Repeat("x", 1500), strings.Repeat("x", 1499) + "…"}},
		{"paragraphs give way before text is lost", strings.Repeat("x", 800) + "\n\n" + strings.Repeat(line+" ", 36), []string{
			strings.Repeat("x", 800) + "\n\n" + strings.TrimSpace(strings.Repeat(line+" ", 6)),
			strings.TrimSpace(strings.Repeat(line+" ", 15)), strings.TrimSpace(strings.Repeat(line+" ", 15)),
		}},
		{"a grapheme no message can hold", "a" + strings.Repeat("\u0301", 1600), []string{"a" + strings.Repeat("\u0301", 1499), strings.Repeat("\u0301", 101)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, Split(tt.text))
		})
	}
}

// TestSplitRecords cuts a processor's longest list between its records.
func TestSplitRecords(t *testing.T) {
	t.Parallel()
	text, err := Render(app.PersonaProcessor, longAlerts(), nil)
	require.NoError(t, err)
	parts := Split(text)
	require.Len(t, parts, 2)
	for _, part := range parts {
		require.True(t, strings.HasPrefix(part, "["), part)
	}
	require.Equal(t, text, strings.Join(parts, "\n\n"))
}

// FuzzSplit checks that parts are short, whole, and lose nothing but white
// space at the cuts while the text fits.
func FuzzSplit(f *testing.F) {
	for _, s := range append(hostileNames, "word ", "line\n", "para\n\n", "👨‍👩‍👧‍👦", "🇬🇧🇮🇳", "*bold word* _it_ ", " \u0301", "\u0600 ", "\r\n", "हिन्दी ") {
		f.Add(s, uint16(1700))
	}
	f.Fuzz(func(t *testing.T, s string, repeats uint16) {
		if len(s) == 0 || len(s) > 3000 {
			return
		}
		text := strings.TrimSpace(strings.Repeat(s, min(int(repeats)%2000, 1+12_000/len(s))))
		parts := Split(text)
		if text == "" {
			require.Empty(t, parts)
			return
		}
		require.NotEmpty(t, parts)
		require.LessOrEqual(t, len(parts), maxParts)
		if end, longest := walkParts(t, text, parts); end < len(text) {
			require.Len(t, parts, maxParts)
			require.True(t, strings.HasSuffix(parts[maxParts-1], ellipsis))
			require.Greater(t, utf16Units(text), maxParts*maxPartUnits-maxParts*longest, "cut although it fits")
		}
	})
}

// walkParts checks each part where it stands in the text, and returns the byte
// where the last one ends and the units of the text's longest grapheme.
func walkParts(t *testing.T, text string, parts []string) (at, longest int) {
	t.Helper()
	boundary, longest := graphemeBoundaries(text)
	for i, part := range parts {
		require.LessOrEqual(t, utf16Units(part), maxPartUnits)
		require.NotEmpty(t, strings.TrimSpace(part))
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		gap := len(text) - at - len(rest)
		if !strings.HasPrefix(rest, part) && i == len(parts)-1 {
			part = strings.TrimSuffix(part, ellipsis) // the text was too long
		}
		if !strings.HasPrefix(rest, part) { // a part that begins with white space: its grapheme is not blank
			rest, gap = text[at:], 0
		}
		require.True(t, strings.HasPrefix(rest, part), "part %d is not what follows in the text", i)
		if longest <= maxPartUnits {
			require.True(t, boundary[at+gap], "part %d begins inside a grapheme", i)
			require.True(t, boundary[at+gap+len(part)], "part %d ends inside a grapheme", i)
		}
		at += gap + len(part)
	}
	return at, longest
}

func graphemeBoundaries(text string) (at map[int]bool, longest int) {
	at = map[int]bool{0: true}
	graphemes := uniseg.NewGraphemes(text)
	for graphemes.Next() {
		_, end := graphemes.Positions()
		at[end] = true
		longest = max(longest, utf16Units(graphemes.Str()))
	}
	return at, longest
}
