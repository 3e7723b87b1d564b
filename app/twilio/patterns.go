package twilio

import "strings"

// The patterns of Twilio's values, by hand because a regular expression costs
// more than the signature on this path.

// isSID says that s is a two-letter prefix and 32 hex digits.
func isSID(s, prefix string) bool {
	if len(s) != 34 || s[:2] != prefix {
		return false
	}
	for i := 2; i < len(s); i++ {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

// isAddress accepts exactly what app.ParseAddress accepts.
func isAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "whatsapp:")
	return ok && (isPhone(rest) || isUserID(rest))
}

func isPhone(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return false
	}
	return isDigits(s[1:])
}

func isUserID(s string) bool {
	if len(s) < 4 || len(s) > 131 || !isUpper(s[0]) || !isUpper(s[1]) || s[2] != '.' {
		return false
	}
	for i := 3; i < len(s); i++ {
		if !isDigit(s[i]) && !isLetter(s[i]) {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isLetter(c byte) bool { return isUpper(c) || isLower(c) }
func isHex(c byte) bool    { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') }

func sidOf(prefix string) func(string) bool {
	return func(s string) bool { return isSID(s, prefix) }
}

func isMessageSID(s string) bool { return isSID(s, "SM") || isSID(s, "MM") }

func isBool(s string) bool { return s == "true" || s == "false" }

// isMediaCount accepts 0 to 10.
func isMediaCount(s string) bool { return (len(s) == 1 && isDigit(s[0])) || s == "10" }

// isDate accepts an API version such as 2010-04-01.
func isDate(s string) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-' && isDigits(s[:4]) && isDigits(s[5:7]) && isDigits(s[8:])
}

// isWord accepts a word of lower-case letters, such as a status. Digits, "_"
// and "-" may follow the first letter.
func isWord(s string) bool {
	if s == "" || len(s) > 40 || !isLower(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && !isDigit(c) && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// isCapitals accepts a word of capitals, such as STOP.
func isCapitals(s string) bool {
	for i := range len(s) {
		if !isUpper(s[i]) && s[i] != '_' {
			return false
		}
	}
	return startsUpper(s) && len(s) <= 40
}

// isDegrees accepts a decimal number without exponent.
func isDegrees(s string) bool {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return len(s) <= 32 && isDigits(whole) && (!point || isDigits(fraction))
}

// isWaID accepts what WhatsApp calls a person: the digits of the number, or a
// user id. It may be empty for a person without a number.
func isWaID(s string) bool { return s == "" || (isDigits(s) && len(s) <= 20) || isUserID(s) }

// isWebAddress accepts an absolute URL of printable ASCII.
func isWebAddress(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && isPrintable(s, 4096)
}

// isMediaType accepts the like of "image/jpeg" and "audio/ogg; codecs=opus".
func isMediaType(s string) bool {
	return startsLower(s) && strings.Contains(s, "/") && isPrintable(s, 256)
}

func isPrintable(s string, longest int) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return len(s) <= longest
}

// isObject accepts a text with the brackets of one JSON object, which ends with
// the text. It does not check what is inside, but no text that it accepts is
// the beginning of another one.
func isObject(s string) bool {
	if s == "" || s[0] != '{' {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i == len(s)-1
			}
		}
	}
	return false
}

// isUnknownValue accepts what a parameter that ferry does not know may hold.
func isUnknownValue(s string) bool {
	if len(s) > maxUnknownValue {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
