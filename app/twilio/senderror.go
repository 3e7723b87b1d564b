package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SendError says why a request to Twilio has no result. Its text holds codes
// and ferry's own words only: Twilio's text may name a phone number, and Go's
// network errors the whole URL.
type SendError struct {
	Class      Class
	Code       int           // Twilio's error code; 0 when there was none
	HTTPStatus int           // 0 when no answer came
	RetryAfter time.Duration // least pause before the next try; 0 when nobody named one
	Err        error         // the cause, free of personal data; nil when Twilio refused
}

// Error tells class, code, status and cause.
func (e *SendError) Error() string {
	var b strings.Builder
	b.WriteString("twilio: ")
	b.WriteString(string(e.Class))
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.HTTPStatus)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ": code %d", e.Code)
		if c, ok := LookupCode(e.Code); ok {
			b.WriteString(" (" + c.Meaning + ")")
		}
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

var (
	errUnreadable = errors.New("the answer cannot be read")
	errNoSID      = errors.New("the answer names no message")
	errNoAnswer   = errors.New("no answer came")
)

// classOfAnswer is the class of a definite HTTP answer other than 2xx.
//
// A 5xx says nothing about the message: Twilio documents that a request
// answered with 20500 may have been carried out (docs/api/errors/20500), and a
// load balancer's 502 or 504 comes after the request was passed on. 408 is the
// same. Every other 4xx is a refusal.
func classOfAnswer(status, code int) Class {
	if status >= 500 || status == http.StatusRequestTimeout {
		return ClassUncertain
	}
	if status == http.StatusTooManyRequests {
		return ClassWait
	}
	if c, ok := LookupCode(code); ok {
		return c.Class
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		return ClassConfiguration
	}
	if status < 400 {
		// Redirects are not followed: the API does not send any, so the base URL
		// is not Twilio's.
		return ClassConfiguration
	}
	return ClassPermanent
}

// answerError makes the error of a definite answer.
func answerError(status, code int, header http.Header, now time.Time) *SendError {
	e := &SendError{
		Class:      classOfAnswer(status, code),
		Code:       code,
		HTTPStatus: status,
		RetryAfter: retryAfter(header.Get("Retry-After"), now),
	}
	if c, ok := LookupCode(code); ok && e.RetryAfter == 0 && e.Class == c.Class {
		e.RetryAfter = c.Wait
	}
	return e
}

// retryAfter reads a Retry-After header: seconds, or an HTTP date. A header
// that is absent, past or unreadable gives 0; more than a day counts as a day,
// so that a broken header cannot park a message for ever.
func retryAfter(header string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	var d time.Duration
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), longest)
}

// transportError makes the error of a request without an answer. written says
// that bytes of the request may have reached a connection.
func transportError(err error, written bool) *SendError {
	// A *url.Error's text holds the URL, and with it the account and, in a list
	// request, the person's number. Its cause does not.
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if err == nil {
		err = errNoAnswer
	}
	class := ClassRetry
	if written {
		class = ClassUncertain
	}
	return &SendError{Class: class, Err: err}
}
