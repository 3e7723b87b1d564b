package app

import (
	"strings"
	"unicode/utf8"
)

// CleanText makes text storable and safe to log as one value: invalid UTF-8
// becomes U+FFFD, NUL is dropped (Postgres refuses it in text, SQLSTATE 22021,
// and in jsonb, 22P05), CRLF becomes LF. It reports whether anything changed,
// so that the caller can keep the original beside it.
func CleanText(s string) (clean string, changed bool) {
	if utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\r") {
		return s, false
	}
	clean = strings.ToValidUTF8(s, "\uFFFD")
	clean = strings.ReplaceAll(clean, "\x00", "")
	clean = strings.ReplaceAll(clean, "\r\n", "\n")
	return clean, clean != s
}
