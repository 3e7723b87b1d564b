package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/jobs"
)

// status takes a status callback. Twilio can do nothing about a callback that
// we cannot use, so every signed one is answered with success; only when the
// database is away is Twilio asked to come again.
func (h *webhooks) status(c echo.Context) error {
	ex := begin()
	defer func() {
		h.recovered(c, &ex, recover())
		h.metrics.StatusAnswered(ex.outcome, time.Since(ex.started))
	}()
	form, refused := h.signedForm(c)
	if refused != nil && refused.signed {
		return h.ignore(c, &ex, refused.cause)
	}
	if refused != nil {
		return h.refuse(c, &ex, refused)
	}
	status, err := twilio.ParseStatus(form, c.QueryParam(jobs.PartParam))
	if err != nil {
		return h.ignore(c, &ex, err)
	}
	ctx, cancel := budget(c, ex.started)
	defer cancel()
	if err := h.apply(ctx, status); err != nil {
		if refused := refusalOf(err); refused.status == http.StatusServiceUnavailable {
			return h.refuse(c, &ex, refused)
		}
		return h.ignore(c, &ex, err)
	}
	ex.outcome = metrics.WebhookApplied
	return acknowledgeXML(c)
}

// ignore answers a signed callback that had no effect.
func (h *webhooks) ignore(c echo.Context, ex *exchange, cause error) error {
	ex.outcome = metrics.WebhookIgnored
	if log, ok := h.log.turn(http.StatusOK); ok {
		log.Warn("status callback ignored", "error", cause)
	}
	return acknowledgeXML(c)
}
