package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/app/web"
)

const (
	publicURL  = "https://ferry.example.com"
	authToken  = "0123456789abcdef0123456789abcdef"
	accountSID = "AC00000000000000000000000000000001"
	messageSID = "SM00000000000000000000000000000002"
	ourNumber  = "whatsapp:+14155238886"
	twiML      = `<?xml version="1.0" encoding="UTF-8"?><Response/>`
)

var executionID = uuid.MustParse("0198c0de-0000-7000-8000-000000000001")

// door is a public listener on a free port, with what a test plays behind it.
type door struct {
	url    string
	server *web.Server
	log    *logBuffer
	reg    *prometheus.Registry
	accept atomic.Pointer[func(context.Context, app.Message) (app.Receipt, error)]
	apply  atomic.Pointer[func(context.Context, twilio.Status) error]
	ready  atomic.Pointer[func(context.Context) error]
}

// onMessage sets what becomes of messages from now on.
func (d *door) onMessage(f func(context.Context, app.Message) (app.Receipt, error)) {
	d.accept.Store(&f)
}

// onStatus sets what becomes of status callbacks from now on.
func (d *door) onStatus(f func(context.Context, twilio.Status) error) { d.apply.Store(&f) }

// newDoor makes a public listener that takes everything in; configure, when
// given, changes its server before it starts.
func newDoor(tb testing.TB, configure ...func(*web.Server)) *door {
	tb.Helper()
	d := &door{log: newLogBuffer(), reg: prometheus.NewRegistry()}
	d.onMessage(func(context.Context, app.Message) (app.Receipt, error) {
		return app.Receipt{ExecutionID: executionID}, nil
	})
	d.onStatus(func(context.Context, twilio.Status) error { return nil })
	isReady := func(context.Context) error { return nil }
	d.ready.Store(&isReady)
	verifier, err := twilio.NewVerifier(twilio.VerifierConfig{
		PublicURLs: []string{publicURL}, AuthTokens: []string{authToken},
		AccountSID: accountSID, Senders: []app.Address{ourNumber},
	})
	require.NoError(tb, err)
	d.server = web.NewPublic(web.PublicOptions{
		Verifier: verifier,
		Accept:   func(ctx context.Context, m app.Message) (app.Receipt, error) { return (*d.accept.Load())(ctx, m) },
		Apply:    func(ctx context.Context, s twilio.Status) error { return (*d.apply.Load())(ctx, s) },
		Ready:    func(ctx context.Context) error { return (*d.ready.Load())(ctx) },
		Metrics:  metrics.New(d.reg),
		Log:      d.log.logger(),
		HTTPS:    true,
		Pages: map[string]http.Handler{
			"/page/": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", "default-src 'self'")
				_, _ = io.WriteString(w, "a page")
			}),
		},
	})
	for _, change := range configure {
		change(d.server)
	}
	d.url = serve(tb, d.server)
	return d
}

// requireCounted checks a series of the door's metrics.
func (d *door) requireCounted(t *testing.T, series, value string) {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(d.reg, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	require.Contains(t, answer.Body.String(), "\n"+series+" "+value+"\n")
}

// aMessage is the form of a text message, with changes; "-" takes a parameter
// away.
func aMessage(changes map[string]string) url.Values {
	return form(map[string]string{
		"MessageSid": messageSID, "SmsSid": messageSID, "SmsMessageSid": messageSID, "AccountSid": accountSID,
		"ApiVersion": "2010-04-01", "SmsStatus": "received", "NumMedia": "0", "NumSegments": "1",
		"From": "whatsapp:+447700900123", "To": ourNumber, "WaId": "447700900123", "ProfileName": "Ana",
		"Body": "stock COF-001",
	}, changes)
}

// aStatus is the form of a status callback, with changes.
func aStatus(changes map[string]string) url.Values {
	return form(map[string]string{
		"MessageSid": messageSID, "SmsSid": messageSID, "AccountSid": accountSID, "ApiVersion": "2010-04-01",
		"MessageStatus": "delivered", "SmsStatus": "delivered", "From": ourNumber, "To": "whatsapp:+447700900123",
	}, changes)
}

func form(fields, changes map[string]string) url.Values {
	maps.Copy(fields, changes)
	values := url.Values{}
	for key, value := range fields {
		if value != "-" {
			values.Set(key, value)
		}
	}
	return values
}

// sign is Twilio's signature, written down from its documentation.
func sign(token, address string, fields url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, address)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		_, _ = io.WriteString(mac, key+fields.Get(key))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends a signed form to a path as Twilio would.
func (d *door) post(t *testing.T, path string, fields url.Values, headers ...string) *http.Response {
	t.Helper()
	return d.postBody(t, path, strings.NewReader(fields.Encode()),
		append([]string{"X-Twilio-Signature: " + sign(authToken, publicURL+path, fields)}, headers...)...)
}

func (d *door) postBody(t *testing.T, path string, body io.Reader, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, body)
	require.NoError(t, err)
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	return send(t, req, headers...)
}

// requireRefused checks an error answer: its status and its JSON.
func requireRefused(t *testing.T, answer *http.Response, status int, sentence string) {
	t.Helper()
	require.Equal(t, status, answer.StatusCode)
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	require.JSONEq(t, `{"success": false, "error": "`+sentence+`"}`, bodyOf(t, answer))
}

func requireEmptyTwiML(t *testing.T, answer *http.Response) {
	t.Helper()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/xml; charset=utf-8", answer.Header.Get("Content-Type"))
	require.Equal(t, twiML, bodyOf(t, answer))
}
