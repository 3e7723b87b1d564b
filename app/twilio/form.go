package twilio

import (
	"bytes"
	"errors"
	"iter"
	"mime"
	"slices"
	"strings"
)

// Limits of a form. Twilio's longest one, a reply with ten files to an
// advertisement, has about 60 parameters.
const (
	maxKeys         = 200
	maxKeyLength    = 64
	maxUnknownValue = 16 << 10
)

// Form is a webhook's form that passed a Verifier: its parameters, each once,
// sorted by name. The values are as Twilio sent them, which for free text means
// any bytes at all.
type Form struct {
	fields []field
}

type field struct{ key, value string }

// Get returns a parameter's value, "" without it.
func (f Form) Get(key string) string {
	for i := range f.fields {
		if f.fields[i].key == key {
			return f.fields[i].value
		}
	}
	return ""
}

// Has says that the form has a parameter.
func (f Form) Has(key string) bool {
	for i := range f.fields {
		if f.fields[i].key == key {
			return true
		}
	}
	return false
}

// Len is the number of parameters.
func (f Form) Len() int { return len(f.fields) }

// All lists the parameters, sorted by name.
func (f Form) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, field := range f.fields {
			if !yield(field.key, field.value) {
				return
			}
		}
	}
}

// IsForm says that a Content-Type header announces a form in UTF-8, the only
// thing that Twilio posts.
func IsForm(contentType string) bool {
	const form = "application/x-www-form-urlencoded"
	if contentType == form || contentType == form+"; charset=UTF-8" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != form {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

var (
	errEncoding  = errors.New("a parameter is not percent-encoded as it must be")
	errPair      = errors.New("a part of the form is not a name and a value")
	errName      = errors.New("a parameter's name is not one that Twilio could give")
	errDuplicate = errors.New("a parameter is given twice")
	errTooMany   = errors.New("too many parameters")
)

// pair is where a decoded parameter lies in scratch.decoded.
type pair struct{ start, middle, end int }

// decode reads a form's bytes, once, into s.pairs, sorted by name. Whatever two
// parsers could read differently is refused: a name twice, a bad escape, ";"
// (a separator to some), an escape or a space in a name, a part without "=".
func (s *scratch) decode(body []byte) error {
	s.decoded, s.pairs = s.decoded[:0], s.pairs[:0]
	for len(body) > 0 {
		var part []byte
		var more bool
		part, body, more = bytes.Cut(body, ampersand)
		if more && len(body) == 0 {
			return errPair // "a=b&" ends in an empty part
		}
		if len(s.pairs) == maxKeys {
			return errTooMany
		}
		middle := bytes.IndexByte(part, '=')
		if middle <= 0 {
			return errPair
		}
		p := pair{start: len(s.decoded)}
		if !isName(part[:middle]) {
			return errName
		}
		s.decoded = append(s.decoded, part[:middle]...)
		p.middle = len(s.decoded)
		var ok bool
		if s.decoded, ok = appendUnescaped(s.decoded, part[middle+1:]); !ok {
			return errEncoding
		}
		p.end = len(s.decoded)
		s.pairs = append(s.pairs, p)
	}
	slices.SortFunc(s.pairs, func(a, b pair) int {
		return bytes.Compare(s.decoded[a.start:a.middle], s.decoded[b.start:b.middle])
	})
	for i := 1; i < len(s.pairs); i++ {
		a, b := s.pairs[i-1], s.pairs[i]
		if bytes.Equal(s.decoded[a.start:a.middle], s.decoded[b.start:b.middle]) {
			return errDuplicate
		}
	}
	return nil
}

var ampersand = []byte("&")

// isName accepts a letter and then letters, digits, "_", "." and "-". A name
// that began with anything else could be the end of the value, or of the URL,
// that precedes it in the signed text.
func isName(name []byte) bool {
	if len(name) > maxKeyLength || !isLetter(name[0]) {
		return false
	}
	for _, c := range name {
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// appendUnescaped appends a value without its percent-encoding. Bytes that
// should have been encoded and can mean only themselves pass; control
// characters and ";" do not.
func appendUnescaped(to, value []byte) ([]byte, bool) {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '+':
			to = append(to, ' ')
		case c == '%':
			if i+2 >= len(value) || !isHex(value[i+1]) || !isHex(value[i+2]) {
				return to, false
			}
			to = append(to, unhex(value[i+1])<<4|unhex(value[i+2]))
			i += 2
		case c < ' ' || c == 0x7f || c == ';':
			return to, false
		default:
			to = append(to, c)
		}
	}
	return to, true
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case isLower(c):
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}

// join lays the sorted parameters end to end, as they are signed, in s.signed.
func (s *scratch) join() {
	s.signed = s.signed[:0]
	for _, p := range s.pairs {
		s.signed = append(s.signed, s.decoded[p.start:p.end]...)
	}
}

// form makes the Form of a joined and signed text; its strings share one copy.
func (s *scratch) form() (Form, string) {
	signed := string(s.signed)
	fields := make([]field, len(s.pairs))
	at := 0
	for i, p := range s.pairs {
		middle, end := at+p.middle-p.start, at+p.end-p.start
		fields[i] = field{signed[at:middle], signed[middle:end]}
		at = end
	}
	return Form{fields}, signed
}
