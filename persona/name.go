package persona

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// maxNameGraphemes keeps a name within about two lines of a phone.
	maxNameGraphemes = 60
	// maxNameUnits (UTF-16) stops a name of 60 graphemes with hundreds of
	// accents on each.
	maxNameUnits = 240

	ellipsis = "…"
	unnamed  = "(unnamed)"
)

// name makes a text that a company or a person typed fit to stand anywhere in
// a message: one line, no control or direction characters, at most 60
// graphemes, and no character that WhatsApp would take as markup. Such a
// character becomes its full-width twin, which NFKC turns back. A text without
// anything visible becomes "(unnamed)".
func name(s string) string {
	if isPlain(s) {
		return s
	}
	s = bound(oneLine(s))
	if s == "" {
		return unnamed
	}
	return neutralise(s)
}

// nameOrNone is name for a text that may be missing: "" stays "".
func nameOrNone(s string) string {
	if s == "" {
		return ""
	}
	return name(s)
}

// isPlain finds the names, nearly all of them, that need no change: short
// printable ASCII without markup.
func isPlain(s string) bool {
	if s == "" || len(s) > maxNameGraphemes || s[0] == ' ' || s[len(s)-1] == ' ' || s[0] == '-' || s[0] == '>' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~':
			return false
		case c == '*' || c == '_' || c == '~' || c == '`':
			return false
		case c == ' ' && s[i+1] == ' ':
			return false
		}
	}
	return true
}

// oneLine drops what cannot be seen and turns each run of white space into one
// space.
func oneLine(s string) string {
	var line strings.Builder
	line.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = line.Len() > 0
			continue
		case isInvisible(r):
			continue
		case gap:
			line.WriteByte(' ')
			gap = false
		}
		line.WriteRune(r)
	}
	return line.String()
}

// isInvisible finds control characters and the marks that change the direction
// of the text around them. Joiners stay: scripts and emoji need them.
func isInvisible(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069': // embeddings, overrides, isolates
		return true
	case r == '\u200E', r == '\u200F', r == '\u061C': // direction marks
		return true
	case r == '\u200B', r == '\u2060', r == '\uFEFF': // zero-width spaces
		return true
	default:
		return false
	}
}

// bound cuts a name between graphemes and marks the cut.
func bound(s string) string {
	if len(s) <= maxNameGraphemes {
		return s
	}
	rest, state := s, -1
	short := 0 // bytes that leave room for the ellipsis
	units := 0
	for count := 1; rest != ""; count++ {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		units += utf16Units(cluster)
		if count > maxNameGraphemes || units > maxNameUnits {
			return strings.TrimRight(s[:short], " ") + ellipsis
		}
		if count < maxNameGraphemes && units < maxNameUnits {
			short += len(cluster)
		}
	}
	return s
}

// neutralise replaces what WhatsApp reads as markup. It reads * _ ~ so only at
// the edge of a word: between two letters or digits, as in the SKU AB_12_X,
// they stay. Backticks work anywhere, and "> " and "- " begin a quote or a
// list when the name begins a line.
func neutralise(s string) string {
	var safe strings.Builder
	safe.Grow(len(s) + 16)
	before := ' '
	for i, r := range s {
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		twin := r
		switch r {
		case '`':
			twin = '｀'
		case '*', '_', '~':
			if !isWord(before) || !isWord(after) {
				twin = fullWidth(r)
			}
		case '>', '-':
			if i == 0 && (after == ' ' || len(s) == 1) {
				twin = fullWidth(r)
			}
		}
		safe.WriteRune(twin)
		before = r
	}
	return safe.String()
}

// fullWidth gives the twin of a printable ASCII character in the block
// Halfwidth and Fullwidth Forms.
func fullWidth(r rune) rune { return r - '!' + '！' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// words turns an identifier ("low_stock") into words ("low stock").
func words(identifier string) string {
	return nameOrNone(strings.ReplaceAll(identifier, "_", " "))
}

// capitalised begins a line with s.
func capitalised(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if !unicode.IsLower(first) {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
