// Package web is what ferry serves over HTTP, on two listeners.
//
// The public one (NewPublic) takes Twilio's webhooks and status callbacks and
// answers health checks. The operators' one (NewOps) has the overview page,
// River UI and the metrics, all behind a name and password. Nothing of the
// operators' is reachable on the public listener.
//
// A webhook's way through this package: limits and form type (body.go), the
// signature over the raw body and the configured address (app/twilio), the
// inbox (Accept), the answer (answer.go). A 2xx is written only after Accept
// has returned without an error.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. Twilio opens a request in well under a second
// and waits at most 15 s for the answer.
const (
	readHeaderTimeout = 5 * time.Second // slow headers are an attack, not a slow network
	readTimeout       = 10 * time.Second
	writeTimeout      = 30 * time.Second // more than any handler may take
	idleTimeout       = 90 * time.Second // longer than the usual load balancer's minute
	maxHeaderBytes    = 16 << 10
)

// Server is one listener's HTTP server. Serve runs it, Shutdown ends it.
type Server struct {
	http *http.Server
	// background is work that has to run beside the handlers; nil for none.
	background func(context.Context) error
	ctx        context.Context // ends with Shutdown
	stop       context.CancelFunc
}

func newServer(handler http.Handler, log *slog.Logger) *Server {
	ctx, stop := context.WithCancel(context.Background())
	return &Server{
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			// Without this net/http answers "OPTIONS *" by itself, past our
			// handlers and past the operators' password.
			DisableGeneralOptionsHandler: true,
			ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		ctx:  ctx,
		stop: stop,
	}
}

// Handler returns what the server serves.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Serve answers requests on l until Shutdown, and closes l. It returns nil
// after Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if s.background != nil {
		if err := s.background(s.ctx); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown takes no new requests and waits until those under way are answered,
// or until ctx ends: then it cuts them off and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.stop()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}
