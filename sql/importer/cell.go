package importer

import (
	"math"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ferry/app"
)

// Lengths in characters. Names are parts of unique indexes, whose rows
// Postgres limits to about 2,700 bytes; the limit keeps four-byte characters
// well under that.
const (
	maxName    = 200
	maxNotes   = 2000
	maxAliases = 50
)

// minYear is the first year that a date may have: an earlier one is a typing
// error, such as 0026 for 2026.
const minYear = 1900

// A parser turns a cell, trimmed and not empty, into the value that is copied
// to the staging table, or says what is wrong with it and what is wanted.
type parser func(cell string) (value any, complaint string)

// text reads one line of at most maxName characters.
func text(cell string) (any, string) {
	if complaint := lineComplaint(cell); complaint != "" {
		return nil, complaint
	}
	return cell, ""
}

// lineComplaint says why cell is no short single line, "" when it is one.
func lineComplaint(cell string) string {
	if i := strings.IndexFunc(cell, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(cell[i:])
		return "has a control character (" + codePoint(r) + "): want plain text on one line"
	}
	if len(cell) > maxName && utf8.RuneCountInString(cell) > maxName {
		return "is longer than " + strconv.Itoa(maxName) + " characters"
	}
	return ""
}

// notes reads text that may have several lines.
func notes(cell string) (any, string) {
	if utf8.RuneCountInString(cell) > maxNotes {
		return nil, "is longer than " + strconv.Itoa(maxNotes) + " characters"
	}
	if strings.ContainsRune(cell, 0) {
		return nil, "has a control character (U+0000): want plain text"
	}
	return cell, ""
}

// aliases reads names separated by ";". Empty ones and repetitions are dropped.
func aliases(cell string) (any, string) {
	names := []string{}
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(cell, ";") {
		name = strings.TrimSpace(name)
		if key := strings.ToLower(name); name != "" && !seen[key] {
			seen[key] = true
			names = append(names, name)
		}
		if complaint := lineComplaint(name); complaint != "" {
			return nil, "an alias " + complaint
		}
	}
	if len(names) > maxAliases {
		return nil, "has more than " + strconv.Itoa(maxAliases) + " aliases"
	}
	return names, ""
}

// integer reads a whole number of at least least, as Postgres's INTEGER.
func integer(least int) parser {
	return func(cell string) (any, string) {
		digits := strings.TrimPrefix(cell, "-")
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return nil, shown(cell) + " is not a whole number: want digits only, such as 40"
		}
		n, err := strconv.ParseInt(cell, 10, 32) // saturates when out of range
		switch {
		case n < int64(least) || (err != nil && n < 0):
			return nil, shown(cell) + " is too small: want at least " + strconv.Itoa(least)
		case err != nil:
			return nil, shown(cell) + " is too large: want at most " + strconv.Itoa(math.MaxInt32)
		}
		return int32(n), ""
	}
}

// decimal reads an amount of at most 10 digits before the dot and 4 after it,
// which is what NUMERIC(14,4) holds without rounding. The value is the text:
// Postgres parses it, so no binary fraction comes between.
func decimal(cell string) (any, string) {
	digits := strings.TrimPrefix(cell, "-")
	whole, fraction, dot := strings.Cut(digits, ".")
	if whole == "" || (dot && fraction == "") || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, shown(cell) + " is not a decimal number: want digits with a dot, such as 4.20"
	}
	switch {
	case digits != cell:
		return nil, shown(cell) + " is below zero"
	case len(fraction) > 4:
		return nil, shown(cell) + " has more than 4 digits after the dot"
	case len(strings.TrimLeft(whole, "0")) > 10:
		return nil, shown(cell) + " is out of range: want at most 10 digits before the dot"
	}
	return cell, ""
}

// date reads a calendar day.
func date(cell string) (any, string) {
	day, err := time.Parse(time.DateOnly, cell)
	if err != nil {
		return nil, shown(cell) + " is not a date: want YYYY-MM-DD, such as 2026-07-15"
	}
	if day.Year() < minYear {
		return nil, shown(cell) + " is too early: want " + strconv.Itoa(minYear) + " or later"
	}
	return day, ""
}

// phone reads a person's number in E.164 form. Complaints never repeat it.
func phone(cell string) (any, string) {
	if _, err := app.AddressOfPhone(cell); err != nil {
		return nil, `is not an E.164 number: want "+", the country code and the number, 7 to 15 digits without spaces, such as +447700900123`
	}
	return cell, ""
}

// email reads a bare e-mail address. Complaints never repeat it.
func email(cell string) (any, string) {
	if complaint := lineComplaint(cell); complaint != "" {
		return nil, complaint
	}
	if address, err := mail.ParseAddress(cell); err != nil || address.Address != cell {
		return nil, "is not an e-mail address: want name@example.com"
	}
	return cell, ""
}

// role reads what a person may do.
func role(cell string) (any, string) {
	if _, err := app.ParseRole(cell); err != nil {
		return nil, shown(cell) + " is not a role: want viewer, operator, manager or admin"
	}
	return cell, ""
}

// persona reads how a person is spoken to.
func persona(cell string) (any, string) {
	if _, err := app.ParsePersona(cell); err != nil {
		return nil, shown(cell) + " is not a persona: want streamliner, navigator, hub, spring or processor, or nothing for the default"
	}
	return cell, ""
}

// zone reads an IANA time zone. "Local" is refused: it would mean whatever
// machine the service happens to run on.
func zone(cell string) (any, string) {
	if _, err := time.LoadLocation(cell); err != nil || cell == "Local" {
		return nil, shown(cell) + " is not a time zone: want an IANA name, such as Europe/London"
	}
	return cell, ""
}

// languages are those that ferry understands.
func languages() []string { return []string{"en", "es", "pt", "hi"} }

// language reads the language that a person is answered in.
func language(cell string) (any, string) {
	if !slices.Contains(languages(), cell) {
		return nil, shown(cell) + " is not a language that ferry speaks: want " + strings.Join(languages(), ", ")
	}
	return cell, ""
}

// codePoint names a character that cannot be shown.
func codePoint(r rune) string {
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "U+" + strings.Repeat("0", max(0, 4-len(hex))) + hex
}
