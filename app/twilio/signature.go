package twilio

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1; SHA-1's collisions do not weaken an HMAC
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
)

// signatureLength is that of an HMAC-SHA1 in base64. Anything of another length
// is not a signature; anything of this length is compared as text, so that the
// same bytes written another way are not one either.
const signatureLength = 28

func (v *Verifier) newScratch() *scratch {
	s := &scratch{}
	for _, token := range v.tokens {
		s.macs = append(s.macs, hmac.New(sha1.New, token))
	}
	return s
}

// signed says that a signature covers the request URI, under one of our base
// URLs, and the text of the parameters (twilio.com/docs/usage/security). The
// comparison takes the same time wherever the signatures differ.
//
// The computation is our own because twilio-go's validator takes the first
// value of a repeated parameter, accepts an empty key, and costs several times
// as much; the tests hold both against each other.
func (v *Verifier) signed(s *scratch, requestURI string, params []byte, signature string) bool {
	var given, want [signatureLength]byte
	copy(given[:], signature)
	for _, base := range v.bases {
		for _, mac := range s.macs {
			mac.Reset()
			s.sum = append(append(s.sum[:0], base...), requestURI...)
			mac.Write(s.sum)
			mac.Write(params)
			s.sum = mac.Sum(s.sum[:0])
			base64.StdEncoding.Encode(want[:], s.sum)
			if subtle.ConstantTimeCompare(given[:], want[:]) == 1 {
				return true
			}
		}
	}
	return false
}

// signedSomehow says that a signature covers some reading of a malformed form.
// It decides only between two refusals, 400 and 401: a genuine webhook that was
// tampered with, or a client of our own that encodes wrongly, should read that
// the form is wrong and not that the signature is.
func (v *Verifier) signedSomehow(s *scratch, requestURI string, body []byte, signature string) bool {
	for _, reading := range []func([]byte) []field{skipMalformed, takeLiterally} {
		fields := reading(body)
		if v.signed(s, requestURI, joinFirst(fields), signature) ||
			v.signed(s, requestURI, joinUnique(fields), signature) {
			return true
		}
	}
	return false
}

// splitPairs cuts a form at "&". More parts than any sender means are dropped:
// the form is refused anyway, and sorting 10^5 parts is not free.
func splitPairs(body []byte) [][]byte {
	parts := bytes.SplitN(body, ampersand, 2*maxKeys)
	return slices.DeleteFunc(parts, func(part []byte) bool { return len(part) == 0 })
}

// skipMalformed reads the well-formed parameters, as net/url does.
func skipMalformed(body []byte) []field {
	var fields []field
	for _, part := range splitPairs(body) {
		rawKey, rawValue, _ := bytes.Cut(part, []byte("="))
		key, ok := appendUnescaped(nil, rawKey)
		if !ok {
			continue
		}
		value, ok := appendUnescaped(nil, rawValue)
		if !ok {
			continue
		}
		fields = append(fields, field{string(key), string(value)})
	}
	return fields
}

// takeLiterally reads every parameter and leaves bad escapes as they are, as
// browsers and scripting languages do.
func takeLiterally(body []byte) []field {
	unescape := func(raw []byte) string {
		var out []byte
		for i := 0; i < len(raw); i++ {
			switch {
			case raw[i] == '+':
				out = append(out, ' ')
			case raw[i] == '%' && i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
				out = append(out, unhex(raw[i+1])<<4|unhex(raw[i+2]))
				i += 2
			default:
				out = append(out, raw[i])
			}
		}
		return string(out)
	}
	var fields []field
	for _, part := range splitPairs(body) {
		key, value, _ := bytes.Cut(part, []byte("="))
		fields = append(fields, field{unescape(key), unescape(value)})
	}
	return fields
}

// joinFirst joins the first value of each name, as twilio-go signs.
func joinFirst(fields []field) []byte {
	sorted := slices.Clone(fields)
	slices.SortStableFunc(sorted, func(a, b field) int { return strings.Compare(a.key, b.key) })
	var text []byte
	for i, f := range sorted {
		if i > 0 && sorted[i-1].key == f.key {
			continue
		}
		text = append(append(text, f.key...), f.value...)
	}
	return text
}

// joinUnique joins each name with each of its different values, sorted, as
// Twilio's libraries for Node.js and Python sign.
func joinUnique(fields []field) []byte {
	sorted := slices.Clone(fields)
	slices.SortFunc(sorted, func(a, b field) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var text []byte
	for _, f := range slices.Compact(sorted) {
		text = append(append(text, f.key...), f.value...)
	}
	return text
}
