package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// readyEvery is how long a readiness answer holds: the question is public
	// and must not become a way to load the database.
	readyEvery = time.Second
	readyLimit = 2 * time.Second
)

// readiness asks whether the database can be reached and is migrated, and
// remembers the answer for a second.
type readiness struct {
	check func(context.Context) error
	log   *sampledLog

	mu    sync.Mutex
	asked time.Time
	err   error
}

// now returns nil when the service is ready, else why it is not. The reason
// may name hosts and databases: it is for operators.
func (r *readiness) now() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked.IsZero() && time.Since(r.asked) < readyEvery {
		return r.err
	}
	// Not the request's context: others share the answer.
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	r.err = r.check(ctx)
	if r.err != nil && ctx.Err() != nil {
		r.err = errors.New("the database did not answer within 2 seconds")
	}
	r.asked = time.Now()
	return r.err
}

// routes adds the two health checks.
func (r *readiness) routes(e *echo.Echo) {
	log := r.log.to
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/healthz", guarded(log, r.lives))
		e.Add(method, "/readyz", guarded(log, r.isReady))
	}
}

// lives answers as long as the process does.
func (r *readiness) lives(c echo.Context) error {
	return c.Blob(http.StatusOK, jsonType, []byte(`{"status":"ok"}`))
}

func (r *readiness) isReady(c echo.Context) error {
	err := r.now()
	if err == nil {
		return c.Blob(http.StatusOK, jsonType, []byte(`{"status":"ready"}`))
	}
	if log, ok := r.log.turn(http.StatusServiceUnavailable); ok {
		log.Warn("not ready", "error", err)
	}
	c.Response().Header().Set("Retry-After", retryAfterSeconds)
	return c.Blob(http.StatusServiceUnavailable, jsonType,
		[]byte(`{"status":"unavailable","error":"The database cannot be reached or is not migrated: see the log"}`))
}
