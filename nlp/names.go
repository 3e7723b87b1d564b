package nlp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameWords calls yield for each word of a name in the form that names are
// compared in: lower case, without accents ("Café" is "cafe"), in the
// singular, numbers joined to their measure ("250 mg" is "250mg"), without
// words like "the"; typed is its length in bytes before the plural went. Names
// that a person would call the same give the same words.
func nameWords(name string, yield func(word string, typed int)) {
	name = foldName(name)
	number := "" // a number that may yet meet its measure
	for name != "" {
		start := strings.IndexFunc(name, isWordRune)
		if start < 0 {
			break
		}
		name = name[start:]
		end := strings.IndexFunc(name, isNotWordRune)
		if end < 0 {
			end = len(name)
		}
		word := name[:end]
		name = name[end:]
		if number != "" {
			if isMeasure(word) {
				yield(number+word, len(number)+len(word))
				number = ""
				continue
			}
			yield(number, len(number))
			number = ""
		}
		switch {
		case strings.Trim(word, "0123456789") == "":
			number = word
		case !isNameFiller(word):
			yield(singular(word), len(word))
		}
	}
	if number != "" {
		yield(number, len(number))
	}
}

// isNameFiller lists words that do not tell one name from another.
func isNameFiller(w string) bool {
	switch w {
	case "the", "a", "an", "of", "for", "and", "with", "in", "s":
		return true
	}
	return false
}

// foldName gives lower case without accents. ASCII, as most names are, costs
// no more than the lower case.
func foldName(s string) string {
	if !isASCII(s) {
		return strings.Map(dropAccent, strings.ToLower(norm.NFKD.String(strings.ToValidUTF8(s, " "))))
	}
	s = strings.ToLower(s)
	if strings.IndexByte(s, '\'') >= 0 {
		s = strings.ReplaceAll(s, "'", "")
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// dropAccent drops the combining marks of Latin, Greek and Cyrillic, invisible
// signs and apostrophes; the marks of other scripts are letters in their own
// right.
func dropAccent(r rune) rune {
	switch {
	case 0x0300 <= r && r <= 0x036f, r == '\'', r == '’', unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

func isNotWordRune(r rune) bool { return !isWordRune(r) }

// singular takes an English plural's ending off. It need not be right, only
// the same for the name and for what is typed.
func singular(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 's' || w[n-2] == 's' || isASCIIDigit(w[n-2]):
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "ses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "zes"),
		strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "oes"):
		return w[:n-2]
	}
	return w[:n-1]
}

// nameKey joins the words of a name, so that "brake pads" is "brakepad".
func nameKey(name string) string {
	var b strings.Builder
	nameWords(name, func(w string, _ int) { b.WriteString(w) })
	return b.String()
}

// codeKey is a code without case and separators: "abc-123" is "ABC123".
func codeKey(code string) string {
	clean := true
	for i := range len(code) {
		if c := code[i]; !isASCIIDigit(c) && (c < 'A' || c > 'Z') {
			clean = false
			break
		}
	}
	if clean {
		return code
	}
	return strings.Map(func(r rune) rune {
		if !isWordRune(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, code)
}
