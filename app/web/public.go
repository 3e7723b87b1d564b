package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"ferry/app"
	"ferry/app/metrics"
	"ferry/app/twilio"
)

// The webhook paths below PUBLIC_URL.
const (
	MessagePath = "/api/webhooks/whatsapp"
	StatusPath  = "/api/webhooks/whatsapp/status"
)

// PublicOptions are what the public listener needs. All but HTTPS and Pages
// are required.
type PublicOptions struct {
	// Verifier checks Twilio's signatures.
	Verifier *twilio.Verifier
	// Accept stores a message; it is jobs.Inbox's. A webhook is answered with
	// success only after it returned nil.
	Accept func(context.Context, app.Message) (app.Receipt, error)
	// Apply stores a status callback; it is jobs.StatusUpdates'.
	Apply func(context.Context, twilio.Status) error
	// Ready says whether the database is reachable and migrated. It is asked
	// at most once a second, with 2 s to answer.
	Ready   func(context.Context) error
	Metrics *metrics.Metrics
	Log     *slog.Logger
	// HTTPS says that clients reach the listener by https, through whatever
	// ends TLS in front of it; browsers are then told never to try http.
	HTTPS bool
	// Pages are further handlers by path ("/simulator/" with everything below
	// it, or "/x" alone). They get this listener's security headers and may
	// replace them.
	Pages map[string]http.Handler
}

// NewPublic makes the server of the public listener.
func NewPublic(o PublicOptions) *Server {
	log := newSampledLog(o.Log)
	e := newEcho()
	h := &webhooks{
		verifier: o.Verifier, accept: o.Accept, apply: o.Apply,
		metrics: o.Metrics, log: log, bodies: newBodies(),
	}
	e.POST(MessagePath, h.message)
	e.POST(StatusPath, h.status)
	(&readiness{check: o.Ready, log: log}).routes(e)
	for path, page := range o.Pages {
		mount(e, o.Log, path, page)
	}
	return newServer(withHeaders(publicHeaders(o.HTTPS), e), o.Log)
}

// newEcho makes an Echo that answers errors in our words. It gets no
// middleware: Echo would chain it anew for each request.
func newEcho() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = onError
	// Nothing here asks for a client's address; should something start to, it
	// is the connection's and not what a header claims.
	e.IPExtractor = echo.ExtractIPDirect()
	return e
}

// mount serves a path, and everything below one that ends in a slash.
func mount(e *echo.Echo, log *slog.Logger, path string, page http.Handler) {
	h := guarded(log, echo.WrapHandler(page))
	if path[len(path)-1] == '/' {
		if bare := path[:len(path)-1]; bare != "" {
			e.Any(bare, h)
		}
		path += "*"
	}
	e.Any(path, h)
}
