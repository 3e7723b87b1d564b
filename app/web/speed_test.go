package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app/web"
)

// discarder is a ResponseWriter that costs nothing.
type discarder struct {
	header http.Header
	status int
}

func (d *discarder) Header() http.Header         { return d.header }
func (d *discarder) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarder) WriteHeader(status int)      { d.status = status }

// webhookRequest makes the parts of a signed request for the handler alone.
func webhookRequest() (*http.Request, string) {
	fields := aMessage(nil)
	req := httptest.NewRequest(http.MethodPost, web.MessagePath, http.NoBody)
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", sign(authToken, publicURL+web.MessagePath, fields))
	body := fields.Encode()
	req.ContentLength = int64(len(body))
	return req, body
}

// The whole way but Accept: routing, body, signature, form, metric, answer.
func BenchmarkWebhook(b *testing.B) {
	handler := newDoor(b).server.Handler()
	req, body := webhookRequest()
	w := &discarder{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		req.Body = readCloser{strings.NewReader(body)}
		handler.ServeHTTP(w, req)
	}
	require.Equal(b, http.StatusOK, w.status)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// A webhook passes here some thousand times a second beside everything else;
// an allocation more is a decision, not an accident.
func TestWebhookAllocations(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts the whole process
	handler := newDoor(t).server.Handler()
	req, body := webhookRequest()
	w := &discarder{header: http.Header{}}
	allocations := testing.AllocsPerRun(200, func() {
		clear(w.header)
		req.Body = readCloser{strings.NewReader(body)}
		handler.ServeHTTP(w, req)
	})
	require.Equal(t, http.StatusOK, w.status)
	// 11 when this was written; the race detector makes sync.Pool forget, for 10 more.
	require.LessOrEqual(t, allocations, 24.0)
}
