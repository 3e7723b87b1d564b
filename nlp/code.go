package nlp

import "strings"

// isCode says that a word looks like an article code and not like a word, a
// measure ("250mg", "12.5mm"), an order ("2nd"), a date or a plain quantity:
// letters and digits mixed ("ABC123", "PK-DECAF-250", "brk.shm.r7100"), long
// numbers ("5012345678900", "8841-220"), or capitals in groups ("HLM.BLK.L").
// Short ones ("m8", "OSB3") stay words: the catalogue knows them either way.
func isCode(s string) bool {
	shape, ok := shapeOf(s)
	if !ok {
		return false
	}
	switch {
	case shape.letters == 0 && shape.separators == 0:
		return shape.digits >= 8 && shape.digits <= 14 // EAN-8 to GTIN-14
	case shape.letters == 0:
		return shape.digits >= 6 && shape.separators == 1 && !strings.Contains(s, ".")
	case shape.digits == 0:
		return shape.separators >= 2 && shape.letters >= 5 && shape.lower == 0
	case shape.separators == 0:
		return shape.digits >= 2 && shape.letters+shape.digits >= 5 && !isMeasured(s)
	}
	return shape.letters+shape.digits >= 4 && (shape.digits >= 2 || shape.separators >= 2 || shape.lower == 0) && !isMeasured(s)
}

// shape counts what a word is made of.
type shape struct {
	letters, lower, digits, separators int
}

// shapeOf counts the runes of s; false when it holds any that codes lack.
func shapeOf(s string) (shape, bool) {
	var n shape
	if len(s) > 40 {
		return n, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isASCIIDigit(c):
			n.digits++
		case 'a' <= c && c <= 'z':
			n.letters++
			n.lower++
		case 'A' <= c && c <= 'Z':
			n.letters++
		case strings.IndexByte("-_./", c) >= 0:
			n.separators++
		default:
			return n, false
		}
	}
	return n, true
}

// isMeasured recognises a number with its unit or its word: "250mg",
// "12.5mm", "2.4GHz", "10-speed", "12-inch", "3/4in", "10am", "12x50mm".
func isMeasured(s string) bool {
	for {
		n := strings.IndexAny(s, "xX")
		if n <= 0 || strings.Trim(s[:n], "0123456789.") != "" || n+1 == len(s) || !isASCIIDigit(s[n+1]) {
			break
		}
		s = s[n+1:]
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && r != ',' && r != '/' && (r < '0' || r > '9') })
	if i <= 0 || i > 6 {
		return false
	}
	unit := strings.ToLower(strings.TrimPrefix(s[i:], "-"))
	for j := range len(unit) {
		if unit[j] < 'a' || unit[j] > 'z' {
			return false
		}
	}
	return s[i] == '-' || len(unit) <= 2 || isMeasure(unit) || unit == "pcs" || unit == "pack"
}

// isAlertID says that a token can name an alert: "12", "#88", "A-17".
func isAlertID(t *token) bool {
	w := t.word
	digits := strings.TrimLeft(w, "abcdefghijklmnopqrstuvwxyz")
	letters := len(w) - len(digits)
	digits = strings.TrimPrefix(digits, "-")
	if letters > 3 || len(digits) == 0 || len(digits) > 6 || (letters == 0 && strings.HasPrefix(w, "-")) {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
