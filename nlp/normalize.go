package nlp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxRunes is how much of a text is looked at. WhatsApp allows 4,096
// characters in a message (Twilio 1,600), so nothing real is cut.
const maxRunes = 4096

// normalise returns the form of s that everything else works on: valid UTF-8
// in NFKC, without invisible characters, with plain quotes, hyphens and
// digits, runs of white space as one blank, or one newline where the run had
// one. Emoji and other pictures become blanks. Case stays, because products
// are quoted as typed.
func normalise(s string) string {
	s = firstRunes(s, maxRunes)
	if isPlain(s) {
		return strings.Trim(s, " ")
	}
	// NFKC makes up to 18 runes of one, so what comes out is counted again, and
	// made only as far as it is used.
	var p plainText
	p.b.Grow(len(s))
	var segments norm.Iter
	segments.InitString(norm.NFKC, strings.ToValidUTF8(s, " "))
	for !segments.Done() && p.runes < maxRunes {
		for _, r := range string(segments.Next()) {
			p.add(plainRune(r))
		}
	}
	return strings.TrimSpace(p.b.String())
}

// plainText is a text in the making: white space is written only once the
// next visible rune has come.
type plainText struct {
	b       strings.Builder
	pending rune // a blank or a newline, 0 for none
	runes   int
}

// add appends what plainRune gave.
func (p *plainText) add(r rune) {
	switch r {
	case dropRune:
		return
	case ' ':
		if p.pending != '\n' {
			p.pending = ' '
		}
		return
	case '\n':
		p.pending = '\n'
		return
	case '—': // it parts the words that it joins
		p.add(' ')
		p.add('-')
		p.add(' ')
		return
	}
	if p.pending != 0 && p.b.Len() > 0 {
		p.b.WriteRune(p.pending)
		p.runes++
	}
	p.pending = 0
	if p.runes < maxRunes {
		p.b.WriteRune(r)
		p.runes++
	}
}

// isPlain says that s needs no work but trimming: printable ASCII without
// double blanks, as nearly every message is.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && i > 0 && s[i-1] == ' ') {
			return false
		}
	}
	return true
}

const dropRune rune = -1

// plainRune maps one NFKC rune to its plain form, a blank, or dropRune.
func plainRune(r rune) rune {
	if r < utf8.RuneSelf {
		if r == '\n' || (r > ' ' && r != 0x7f) {
			return r
		}
		return ' '
	}
	switch r {
	case '‘', '’', '‚', '‛', '′', 'ʼ':
		return '\''
	case '“', '”', '„', '‟', '″', '«', '»':
		return '"'
	case '‐', '‑', '‒', '–', '−':
		return '-'
	case '―':
		return '—'
	case '\u2028', '\u2029', '\u0085':
		return '\n'
	case '\u20e3': // the key around "1️⃣"
		return dropRune
	}
	switch {
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		return dropRune // zero-width, bidi, byte order mark, soft hyphen
	case unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.So, unicode.Sk):
		return ' '
	case unicode.IsDigit(r):
		return asciiDigit(r)
	}
	return r
}

// asciiDigit maps a decimal digit of any script to 0-9: Unicode lays each set
// out as ten runes in a row, and its ranges start at a zero.
func asciiDigit(r rune) rune {
	for _, rg := range unicode.Nd.R16 {
		if lo, hi := rune(rg.Lo), rune(rg.Hi); lo <= r && r <= hi {
			return '0' + (r-lo)%10
		}
	}
	for _, rg := range unicode.Nd.R32 {
		lo, hi := rune(rg.Lo), rune(rg.Hi) //nolint:gosec // runes are far below 2^31
		if lo <= r && r <= hi {
			return '0' + (r-lo)%10
		}
	}
	return r
}

func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
