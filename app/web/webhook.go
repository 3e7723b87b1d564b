package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ferry/app"
	"ferry/app/metrics"
	"ferry/app/twilio"
)

// acceptBudget is how long a request may take until it is committed, counted
// from its headers. Twilio gives up after 15 s, and the answer has to travel.
const acceptBudget = 12 * time.Second

// webhooks answers what Twilio posts.
type webhooks struct {
	verifier *twilio.Verifier
	accept   func(context.Context, app.Message) (app.Receipt, error)
	apply    func(context.Context, twilio.Status) error
	metrics  *metrics.Metrics
	log      *sampledLog
	bodies   *bodies
}

// exchange is one request under way: what its log line and its metric will say.
type exchange struct {
	started time.Time
	sid     string // of the message, once it is known
	outcome metrics.WebhookOutcome
}

func begin() exchange { return exchange{started: time.Now(), outcome: metrics.WebhookFailed} }

// message takes an inbound message in.
func (h *webhooks) message(c echo.Context) error {
	ex := begin()
	defer func() {
		h.recovered(c, &ex, recover())
		h.metrics.WebhookAnswered(ex.outcome, time.Since(ex.started))
	}()
	form, refused := h.signedForm(c)
	if refused != nil {
		return h.refuse(c, &ex, refused)
	}
	m, err := twilio.ParseMessage(form)
	if err != nil {
		return h.refuse(c, &ex, refusalOf(err))
	}
	ex.sid = m.SID
	ctx, cancel := budget(c, ex.started)
	defer cancel()
	receipt, err := h.accept(ctx, m)
	if err != nil {
		return h.refuse(c, &ex, refusalOf(err))
	}
	ex.outcome = outcomeOfReceipt(receipt)
	return acknowledge(c, receipt)
}

// budget is the context for storing what a request brought. It outlives the
// client's connection: what is about to be committed must not be torn up
// because Twilio hung up.
func budget(c echo.Context, started time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.WithoutCancel(c.Request().Context()), started.Add(acceptBudget))
}

// signedForm reads the body once, and returns its form when the signature over
// it and the configured address is right.
func (h *webhooks) signedForm(c echo.Context) (twilio.Form, *refusal) {
	var none twilio.Form
	r := c.Request()
	if !isForm(r) {
		return none, &refusal{status: http.StatusUnsupportedMediaType}
	}
	posted, err := h.bodies.read(r)
	if err != nil {
		return none, bodyRefusal(err)
	}
	defer posted.done()
	form, err := h.verifier.Verify(r.URL.RequestURI(), posted.bytes, r.Header.Get("X-Twilio-Signature"))
	if err != nil {
		refused := refusalOf(err)
		refused.signed = refused.status == http.StatusBadRequest // see Verify
		if refused.status == http.StatusForbidden {
			refused.status = http.StatusUnauthorized // the contract's status for it
		}
		return none, refused
	}
	return form, nil
}

// refuse answers a request that failed and logs it.
func (h *webhooks) refuse(c echo.Context, ex *exchange, refused *refusal) error {
	ex.outcome = outcomeOf(refused.status)
	if log, ok := h.log.turn(refused.status); ok {
		logRefusal(log, c.Path(), ex.sid, refused)
	}
	if refused.status == http.StatusRequestEntityTooLarge {
		return refuseTooLarge(c)
	}
	return refuse(c, refused.status)
}

func logRefusal(log *slog.Logger, route, sid string, refused *refusal) {
	level := slog.LevelWarn
	if refused.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("route", route), slog.Int("status", refused.status)}
	if sid != "" {
		attrs = append(attrs, slog.String("message_sid", sid))
	}
	if refused.status == http.StatusUnauthorized {
		attrs = append(attrs, slog.String("hint", "if Twilio sent it, compare PUBLIC_URL and TWILIO_AUTH_TOKEN with its console"))
	}
	if refused.cause != nil {
		attrs = append(attrs, slog.String("error", refused.cause.Error()))
	}
	log.LogAttrs(context.Background(), level, "webhook refused", attrs...)
}

// recovered logs a panic and answers for it. value is what recover returned;
// nil is no panic.
func (h *webhooks) recovered(c echo.Context, ex *exchange, value any) {
	if value == nil {
		return
	}
	ex.outcome = metrics.WebhookFailed
	logPanic(h.log.to, c.Path(), ex.sid, value)
	answerPanic(c)
}

func outcomeOfReceipt(r app.Receipt) metrics.WebhookOutcome {
	switch {
	case r.Duplicate:
		return metrics.WebhookDuplicate
	case r.RateLimited:
		return metrics.WebhookRateLimited
	default:
		return metrics.WebhookAccepted
	}
}
