package web

import "net/http"

// header is one response header, ready to be put into a map without copying.
type header struct {
	name  string // in canonical form
	value []string
}

func commonHeaders() []header {
	return []header{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Cache-Control", []string{"no-store"}},
		{"X-Frame-Options", []string{"DENY"}}, // for browsers older than frame-ancestors
	}
}

// publicHeaders fit answers that no browser has to render.
func publicHeaders(https bool) []header {
	headers := append(commonHeaders(),
		header{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}})
	if https {
		headers = append(headers, header{"Strict-Transport-Security", []string{"max-age=31536000"}})
	}
	return headers
}

// opsHeaders let the operators' pages load what this listener itself serves,
// and nothing else.
func opsHeaders() []header { return append(commonHeaders(), opsPolicy("'self'")) }

// riverUIHeaders replace opsHeaders' policy where River UI needs more: its
// script adds style elements to the page.
func riverUIHeaders() []header { return []header{opsPolicy("'self' 'unsafe-inline'")} }

func opsPolicy(styles string) header {
	return header{"Content-Security-Policy", []string{
		"default-src 'none'; script-src 'self'; style-src " + styles + "; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	}}
}

// withHeaders puts headers on every answer of next, which may replace them.
func withHeaders(headers []header, next http.Handler) http.Handler {
	closing := []string{"close"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for i := range headers {
			// Shared between requests, which is safe: net/http replaces or
			// copies a value to change it, and the slices have no room to grow.
			h[headers[i].name] = headers[i].value
		}
		if len(r.TransferEncoding) > 0 {
			// Twilio announces lengths. A request may announce a length as well
			// as chunks, which net/http does not let us see; the connection is
			// given up so that nobody can hide a second request behind the
			// disagreement (RFC 9112, 6.1).
			h["Connection"] = closing
		}
		next.ServeHTTP(w, r)
	})
}
