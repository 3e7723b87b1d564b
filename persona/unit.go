package persona

import (
	"slices"
	"strings"
)

// unit is what a product is counted in, for one and for several.
type unit struct {
	one, many string
}

// amount is a quantity, as a number and with its unit: "2", "2 bags".
type amount struct {
	Number  string
	InUnits string
}

func (v voice) amount(n int, u unit) amount {
	number := v.count(n)
	if n == 1 || n == -1 {
		return amount{Number: number, InUnits: number + " " + u.one}
	}
	return amount{Number: number, InUnits: number + " " + u.many}
}

// unchanged are units that are written alike for one and for several.
var unchanged = []string{"cl", "cm", "ft", "g", "kg", "l", "lb", "lbs", "m", "mg", "ml", "mm", "oz", "pcs", "t"}

// newUnit knows the singular and the plural of a company's word, given in
// either form; "" means units. The rules are the plain English ones ("bag",
// "box", "tray", "battery"); a word of another script, an abbreviation and a
// word that does not end in a letter stay as they are.
func newUnit(word string) unit {
	if word == "" {
		return unit{one: "unit", many: "units"}
	}
	word = name(word)
	// "case of 12": the case is counted.
	head, tail := word, ""
	if i := strings.Index(word, " of "); i > 0 {
		head, tail = word[:i], word[i:]
	}
	lower := strings.ToLower(head)
	last := lower[len(lower)-1]
	if last < 'a' || last > 'z' || slices.Contains(unchanged, lower) || (len(head) <= 3 && head == strings.ToUpper(head)) {
		return unit{one: word, many: word}
	}
	one, many := singular(head), head
	if one == head {
		many = plural(head)
	}
	// Again name: a character that was harmless before a letter may now be last.
	return unit{one: name(one + tail), many: name(many + tail)}
}

// singular gives the singular of a plural word, and any other word unchanged.
func singular(word string) string {
	switch {
	case hasAnySuffix(word, "sses", "xes", "zes", "ches", "shes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case hasAnySuffix(word, "ss", "us", "is"):
		return word
	case strings.HasSuffix(word, "s") && len(word) > 2:
		return word[:len(word)-1]
	default:
		return word
	}
}

func plural(word string) string {
	switch {
	case hasAnySuffix(word, "s", "x", "z", "ch", "sh"):
		return word + "es"
	case strings.HasSuffix(word, "y") && len(word) > 1 && !strings.ContainsRune("aeiou", rune(word[len(word)-2])):
		return word[:len(word)-1] + "ies"
	default:
		return word + "s"
	}
}

func hasAnySuffix(word string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(word, s) })
}
