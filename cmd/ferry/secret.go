package main

import "log/slog"

// secret is a text that must never be printed: whatever way it meets fmt, slog
// or an encoder, it shows as a placeholder. string(s) is the text itself.
type secret string

const redacted = "[redacted]"

func (s secret) shown() string {
	if s == "" {
		return ""
	}
	return redacted
}

// String implements fmt.Stringer.
func (s secret) String() string { return s.shown() }

// GoString implements fmt.GoStringer, for %#v.
func (s secret) GoString() string { return `"` + s.shown() + `"` }

// LogValue implements slog.LogValuer.
func (s secret) LogValue() slog.Value { return slog.StringValue(s.shown()) }

// MarshalText implements encoding.TextMarshaler, for JSON and the like.
func (s secret) MarshalText() ([]byte, error) { return []byte(s.shown()), nil } //nolint:unparam // the interface asks for an error
