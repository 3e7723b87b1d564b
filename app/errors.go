package app

import (
	"errors"
	"fmt"
)

// Kind answers "what sort of failure is this?". Policy hangs on it in three
// tables and nowhere else: jobs/retry.go (retry, wait or give up),
// app/web/errors.go (the HTTP status) and jobs/failures.go (who is told).
type Kind string

// The kinds of failure.
const (
	Invalid     Kind = "invalid"     // the input is wrong and will stay wrong
	NotFound    Kind = "not_found"   // the thing named does not exist, or is not the caller's
	Forbidden   Kind = "forbidden"   // the person may not do this
	Conflict    Kind = "conflict"    // it was done already, or the state moved on
	Throttled   Kind = "throttled"   // too much; later it may work
	Unavailable Kind = "unavailable" // a dependency is away; later it may work
	Rejected    Kind = "rejected"    // a dependency refused for good
	Uncertain   Kind = "uncertain"   // it may have happened: look before doing it again
	Internal    Kind = "internal"    // our bug
)

// ErrorText names one of the texts a person may read when something fails
// (the seed's §7). The words live in persona's templates.
type ErrorText string

// The error texts of the seed, and two of ours.
const (
	TextUnknownCommand ErrorText = "unknown_command"
	TextMissingEntity  ErrorText = "missing_entity"
	TextAgentError     ErrorText = "agent_error"
	TextTimeout        ErrorText = "timeout"
	TextPermission     ErrorText = "permission"
	TextRateLimited    ErrorText = "rate_limited"
	TextUnknownSender  ErrorText = "unknown_sender"
)

// Error is a failure with its kind, the text a person may be told, and the
// cause. The text of an Error never holds a phone number or a message body.
type Error struct {
	Kind  Kind
	Reply ErrorText // "" means TextAgentError
	Err   error
}

// Error joins the kind and the cause.
func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Kind, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind; %w keeps the cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the first Error in err's chain, Internal for any
// other error, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// ReplyOf returns the text a person is told about err.
func ReplyOf(err error) ErrorText {
	var e *Error
	if errors.As(err, &e) && e.Reply != "" {
		return e.Reply
	}
	return TextAgentError
}
