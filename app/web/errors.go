package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"ferry/app"
	"ferry/app/metrics"
)

// statusOf is the one table from a failure's kind to its HTTP status.
func statusOf(kind app.Kind) int {
	switch kind {
	case app.Invalid:
		return http.StatusBadRequest
	case app.NotFound:
		return http.StatusNotFound
	case app.Forbidden:
		return http.StatusForbidden
	case app.Conflict:
		return http.StatusConflict
	case app.Throttled:
		return http.StatusTooManyRequests
	case app.Unavailable, app.Uncertain:
		// Whether it happened or not, asking again is right: what we take in
		// is known by its SID.
		return http.StatusServiceUnavailable
	case app.Rejected:
		return http.StatusBadGateway
	case app.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// sentenceOf is what a client is told with a status: what is wrong and what to
// do, in fixed words that can give nothing away.
func sentenceOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "Malformed request: send the form as Twilio posts it"
	case http.StatusUnauthorized:
		return "Invalid signature"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found: check the address"
	case http.StatusMethodNotAllowed:
		return "Method not allowed: use one that the Allow header names"
	case http.StatusRequestTimeout:
		return "Request too slow: send it whole within 10 seconds"
	case http.StatusConflict:
		return "Already done"
	case http.StatusRequestEntityTooLarge:
		return "Request too large: the limit is 256 KiB"
	case http.StatusUnsupportedMediaType:
		return "Unsupported content type: send application/x-www-form-urlencoded, not compressed"
	case http.StatusTooManyRequests:
		return "Too many requests: try again in a few seconds"
	case http.StatusServiceUnavailable:
		return "Temporarily unavailable: try again in a few seconds"
	default:
		return "Internal error: try again, and tell the operators if it goes on"
	}
}

// outcomeOf is the word under which an answer with an error status is counted.
func outcomeOf(status int) metrics.WebhookOutcome {
	switch status {
	case http.StatusUnauthorized:
		return metrics.WebhookUnauthorized
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return metrics.WebhookUnavailable
	}
	if status >= http.StatusInternalServerError {
		return metrics.WebhookFailed
	}
	return metrics.WebhookInvalid
}

// refusal is a request that ends with an error status, and why.
type refusal struct {
	status int
	cause  error // for the log; nil when the status tells everything
	signed bool  // Twilio did sign what is refused
}

// refusalOf classifies an error of the packages behind this one. A deadline
// that ran out without a kind of its own means that the database was too slow.
func refusalOf(err error) *refusal {
	kind := app.KindOf(err)
	if kind == app.Internal && errors.Is(err, context.DeadlineExceeded) {
		kind = app.Unavailable
	}
	return &refusal{status: statusOf(kind), cause: err}
}

// retryAfterSeconds goes with every 503 and 429: a database that restarts
// needs about that long.
const retryAfterSeconds = "5"

// refuse writes an error answer. It is always JSON: Twilio shows it in its
// debugger and reads nothing from it.
func refuse(c echo.Context, status int) error {
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		c.Response().Header().Set("Retry-After", retryAfterSeconds)
	}
	return c.Blob(status, jsonType, appendError(nil, sentenceOf(status)))
}

// onError answers what Echo itself refuses (an unknown path or method) and
// errors that a handler returned unanswered.
func onError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := refusalOf(err).status
	var fromEcho *echo.HTTPError
	if errors.As(err, &fromEcho) {
		status = fromEcho.Code
	}
	// The connection is gone when this gives an error: there is nobody to tell.
	_ = refuse(c, status)
}
