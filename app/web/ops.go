package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/riverqueue/river"
	"riverqueue.com/riverui"
)

const riverUIPath = "/riverui"

// OpsOptions are what the operators' listener needs. All but Pages are
// required.
type OpsOptions struct {
	User     string // of basic authentication
	Password string
	// River reads and changes jobs for River UI; it need not be started.
	River    *river.Client[pgx.Tx]
	Gatherer prometheus.Gatherer // what /metrics shows
	Ready    func(context.Context) error
	Version  string // of the build
	Role     string // of the process: all, web or worker
	Log      *slog.Logger
	// Pages are further handlers by path, as in PublicOptions, behind the same
	// password.
	Pages map[string]http.Handler
}

// NewOps makes the server of the operators' listener.
func NewOps(o OpsOptions) (*Server, error) {
	if o.User == "" || o.Password == "" {
		return nil, errors.New("the operators' listener needs a user and a password")
	}
	riverUI, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(o.River, nil),
		Logger:    o.Log,
		Prefix:    riverUIPath,
		// Our jobs' arguments are row ids, and even those are noise in a list.
		JobListHideArgsByDefault: true,
	})
	if err != nil {
		return nil, fmt.Errorf("set up River UI: %w", err)
	}
	log := newSampledLog(o.Log)
	ready := &readiness{check: o.Ready, log: log}
	e := newEcho()
	ready.routes(e)
	if err := overviewRoutes(e, o, ready); err != nil {
		return nil, err
	}
	// River UI strips its prefix itself. It answers unknown paths with its
	// page and 200, so it is no health check.
	mount(e, o.Log, riverUIPath+"/", withHeaders(riverUIHeaders(), riverUI))
	e.GET("/metrics", guarded(o.Log, echo.WrapHandler(promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelError),
		// One collector that fails must not blind the rest.
		ErrorHandling: promhttp.ContinueOnError,
	}))))
	for path, page := range o.Pages {
		mount(e, o.Log, path, page)
	}

	// River UI takes changes without a token of its own, and a browser sends
	// the password along from any site: foreign origins are refused.
	sameOrigin := http.NewCrossOriginProtection().Handler(e)
	server := newServer(withHeaders(opsHeaders(), onlyOperators(o.User, o.Password, sameOrigin)), o.Log)
	server.background = riverUI.Start
	return server, nil
}
