package web_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/web"
)

func (d *door) get(t *testing.T, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+path, http.NoBody)
	require.NoError(t, err)
	return send(t, req)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for path, want := range map[string]string{"/healthz": `{"status":"ok"}`, "/readyz": `{"status":"ready"}`} {
		answer := d.get(t, path)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
		require.Equal(t, want, bodyOf(t, answer))

		req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, d.url+path, http.NoBody)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, send(t, req).StatusCode)
	}
}

// The process lives when the database does not; and what is wrong is told to
// the log, not to whoever asks.
func TestNotReady(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	away := func(context.Context) error { return errors.New("connect to db.internal as ferry: refused") }
	d.ready.Store(&away)
	answer := d.get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Equal(t, "5", answer.Header.Get("Retry-After"))
	require.JSONEq(t, `{"status": "unavailable", "error": "The database cannot be reached or is not migrated: see the log"}`, bodyOf(t, answer))
	require.Contains(t, d.log.String(), "db.internal")
	require.Equal(t, http.StatusOK, d.get(t, "/healthz").StatusCode)
}

func TestReadinessComesBack(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	away := func(context.Context) error { return errors.New("away") }
	back := func(context.Context) error { return nil }
	d.ready.Store(&away)
	require.Equal(t, http.StatusServiceUnavailable, d.get(t, "/readyz").StatusCode)
	d.ready.Store(&back)
	require.Eventually(t, func() bool { return d.get(t, "/readyz").StatusCode == http.StatusOK }, 5*time.Second, 50*time.Millisecond)
}

// Anybody may ask; the database is not asked more than once a second.
func TestReadinessIsRemembered(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	var asked atomic.Int32
	count := func(ctx context.Context) error {
		_, bounded := ctx.Deadline()
		if !bounded {
			return errors.New("no deadline")
		}
		asked.Add(1)
		return nil
	}
	d.ready.Store(&count)
	began := time.Now()
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() { require.Equal(t, http.StatusOK, d.get(t, "/readyz").StatusCode) })
	}
	crowd.Wait()
	require.LessOrEqual(t, int(asked.Load()), 1+int(time.Since(began)/time.Second))
}

// A database that does not answer must not make the question hang. The limit
// is 2 s, and so is this test.
func TestReadinessDoesNotHang(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	d.ready.Store(&hang)
	require.Equal(t, http.StatusServiceUnavailable, d.get(t, "/readyz").StatusCode)
	require.Contains(t, d.log.String(), "did not answer within 2 seconds")
}

func TestPublicHeaders(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	const strict = "default-src 'none'; frame-ancestors 'none'"
	for name, tc := range map[string]struct {
		method, path, policy string
	}{
		"webhook":        {http.MethodPost, web.MessagePath, strict},
		"status":         {http.MethodPost, web.StatusPath, strict},
		"refusal":        {http.MethodGet, web.MessagePath, strict},
		"health":         {http.MethodGet, "/healthz", strict},
		"unknown path":   {http.MethodGet, "/nowhere", strict},
		"page":           {http.MethodGet, "/page/", "default-src 'self'"},
		"below a page":   {http.MethodGet, "/page/x/y", "default-src 'self'"},
		"page, no slash": {http.MethodGet, "/page", "default-src 'self'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := d.get(t, tc.path)
			if tc.method == http.MethodPost {
				answer = d.post(t, tc.path, aMessage(nil))
			}
			got := answer.Header
			require.Equal(t, []string{tc.policy}, got["Content-Security-Policy"])
			require.Equal(t, []string{"nosniff"}, got["X-Content-Type-Options"])
			require.Equal(t, []string{"no-referrer"}, got["Referrer-Policy"])
			require.Equal(t, []string{"no-store"}, got["Cache-Control"])
			require.Equal(t, []string{"DENY"}, got["X-Frame-Options"])
			require.Equal(t, []string{"max-age=31536000"}, got["Strict-Transport-Security"])
			require.NotContains(t, got, "Server")
			require.NotContains(t, got, "X-Powered-By")
		})
	}
}

// Headers are shared between requests; one page that changes its own must not
// change another's.
func TestHeadersOfOnePageDoNotLeakIntoAnother(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.get(t, "/page/")
	require.Equal(t, "default-src 'none'; frame-ancestors 'none'", d.get(t, "/healthz").Header.Get("Content-Security-Policy"))
}
