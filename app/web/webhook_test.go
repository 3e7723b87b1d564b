package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/web"
)

const (
	malformed   = "Malformed request: send the form as Twilio posts it"
	unavailable = "Temporarily unavailable: try again in a few seconds"
	internal    = "Internal error: try again, and tell the operators if it goes on"
)

func TestMessageIsAcceptedAndAnsweredWithEmptyTwiML(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	var got app.Message
	d.onMessage(func(_ context.Context, m app.Message) (app.Receipt, error) {
		got = m
		return app.Receipt{ExecutionID: executionID}, nil
	})
	answer := d.post(t, web.MessagePath, aMessage(nil))
	requireEmptyTwiML(t, answer)
	require.Equal(t, messageSID, got.SID)
	require.Equal(t, app.Address("whatsapp:+447700900123"), got.From)
	require.Equal(t, "stock COF-001", got.Body)
	require.Empty(t, d.log.String(), "a success needs no line of this package's")
	d.requireCounted(t, `ferry_webhook_seconds_count{outcome="accepted"}`, "1")
}

func TestMessageAnswerByAcceptHeader(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, tc := range []struct {
		accept string
		json   bool
	}{
		{"", false},
		{"*/*", false},
		{"text/xml", false},
		{"application/json", true},
		{"Application/JSON; charset=utf-8", true},
		{"application/json, text/plain, */*", true},
		{"text/html, application/json;q=0.9", true},
		{"application/json;q=0", false},
		{"application/json;q=0.5, text/xml", false},
		{"application/xml;q=0.2,application/json;q=0.8", true},
		{"application/jsonx", false},
	} {
		t.Run(tc.accept, func(t *testing.T) {
			t.Parallel()
			answer := d.post(t, web.MessagePath, aMessage(nil), "Accept: "+tc.accept)
			if !tc.json {
				requireEmptyTwiML(t, answer)
				return
			}
			require.Equal(t, http.StatusOK, answer.StatusCode)
			require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
			require.JSONEq(t, `{"success": true, "executionId": "`+executionID.String()+`", "message": "Processing request"}`, bodyOf(t, answer))
		})
	}
}

// Twilio learns nothing from these; a person with curl, and the metrics, do.
func TestMessageAnswerByReceipt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		receipt app.Receipt
		message string
		outcome string
	}{
		{"duplicate", app.Receipt{ExecutionID: executionID, Duplicate: true}, "Already received", "duplicate"},
		{"rate limited", app.Receipt{ExecutionID: executionID, RateLimited: true}, "Too many messages: recorded, not processed", "rate_limited"},
		{"refused", app.Receipt{ExecutionID: executionID, Refused: true}, "Recorded, not processed", "accepted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.onMessage(func(context.Context, app.Message) (app.Receipt, error) { return tc.receipt, nil })
			requireEmptyTwiML(t, d.post(t, web.MessagePath, aMessage(nil)))
			answer := d.post(t, web.MessagePath, aMessage(nil), "Accept: application/json")
			require.JSONEq(t, `{"success": true, "executionId": "`+executionID.String()+`", "message": "`+tc.message+`"}`, bodyOf(t, answer))
			d.requireCounted(t, `ferry_webhook_seconds_count{outcome="`+tc.outcome+`"}`, "2")
		})
	}
}

// Nothing that is not signed by Twilio for this very address reaches the inbox.
func TestMessageSignature(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	var taken atomic.Int32
	d.onMessage(func(context.Context, app.Message) (app.Receipt, error) { taken.Add(1); return app.Receipt{}, nil })
	fields := aMessage(nil)
	good := sign(authToken, publicURL+web.MessagePath, fields)
	for _, tc := range []struct {
		name      string
		path      string
		signature string
		headers   []string
	}{
		{"none", web.MessagePath, "", nil},
		{"garbage", web.MessagePath, "garbage", nil},
		{"of another token", web.MessagePath, sign("another", publicURL+web.MessagePath, fields), nil},
		{"of an empty token", web.MessagePath, sign("", publicURL+web.MessagePath, fields), nil},
		{"in another case", web.MessagePath, strings.ToLower(good), nil},
		{"without its padding", web.MessagePath, strings.TrimRight(good, "="), nil},
		{"for other fields", web.MessagePath, sign(authToken, publicURL+web.MessagePath, aMessage(map[string]string{"Body": "x"})), nil},
		{"for http", web.MessagePath, sign(authToken, "http://ferry.example.com"+web.MessagePath, fields), nil},
		{"for the status callback", web.MessagePath, sign(authToken, publicURL+web.StatusPath, fields), nil},
		{"for the listener's own address", web.MessagePath, sign(authToken, d.url+web.MessagePath, fields), nil},
		{
			"for a host that headers claim", web.MessagePath, sign(authToken, "https://evil.example"+web.MessagePath, fields),
			[]string{"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "Forwarded: host=evil.example"},
		},
		{"without the query", web.MessagePath + "?a=1", good, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			headers := tc.headers
			if tc.signature != "" {
				headers = append(headers, "X-Twilio-Signature: "+tc.signature)
			}
			answer := d.postBody(t, tc.path, strings.NewReader(fields.Encode()), headers...)
			requireRefused(t, answer, http.StatusUnauthorized, "Invalid signature")
		})
	}
	t.Cleanup(func() {
		require.Zero(t, taken.Load())
		require.Contains(t, d.log.String(), `"hint":"if Twilio sent it, compare PUBLIC_URL`)
		require.NotContains(t, d.log.String(), "447700900123")
	})
}

func TestMessageSignatureCoversTheQuery(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	requireEmptyTwiML(t, d.post(t, web.MessagePath+"?tenant=a%20b&x=", aMessage(nil)))
}

func TestMessageForSomebodyElse(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for name, changes := range map[string]map[string]string{
		"account": {"AccountSid": "AC00000000000000000000000000000009"},
		"number":  {"To": "whatsapp:+15005550006"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, d.post(t, web.MessagePath, aMessage(changes)), http.StatusUnauthorized, "Invalid signature")
		})
	}
}

func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.onMessage(func(context.Context, app.Message) (app.Receipt, error) {
		return app.Receipt{}, errors.New("a malformed message was taken in")
	})
	for name, changes := range map[string]map[string]string{
		"no SID":              {"MessageSid": "-"},
		"SID of another kind": {"MessageSid": "XX00000000000000000000000000000002"},
		"no sender":           {"From": "-"},
		"no WhatsApp sender":  {"From": "+447700900123"},
		"no account":          {"AccountSid": "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, d.post(t, web.MessagePath, aMessage(changes)), http.StatusBadRequest, malformed)
		})
	}
	t.Run("a parameter twice", func(t *testing.T) {
		t.Parallel()
		fields := aMessage(nil)
		answer := d.postBody(t, web.MessagePath, strings.NewReader(fields.Encode()+"&Body=again"),
			"X-Twilio-Signature: "+sign(authToken, publicURL+web.MessagePath, fields))
		requireRefused(t, answer, http.StatusBadRequest, malformed)
	})
	t.Run("not a form at all, unsigned", func(t *testing.T) {
		t.Parallel()
		requireRefused(t, d.postBody(t, web.MessagePath, strings.NewReader("%zz")), http.StatusUnauthorized, "Invalid signature")
	})
}

func TestMessageContentTypes(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	const sentence = "Unsupported content type: send application/x-www-form-urlencoded, not compressed"
	for _, tc := range []struct {
		name    string
		headers []string
		ok      bool
	}{
		{"form", []string{"Content-Type: application/x-www-form-urlencoded"}, true},
		{"form in capitals", []string{"Content-Type: Application/X-WWW-Form-URLEncoded; Charset=utf-8"}, true},
		{"identity", []string{"Content-Encoding: identity"}, true},
		{"none", []string{"Content-Type: "}, false},
		{"JSON", []string{"Content-Type: application/json"}, false},
		{"multipart", []string{"Content-Type: multipart/form-data; boundary=x"}, false},
		{"text", []string{"Content-Type: text/plain"}, false},
		{"other letters", []string{"Content-Type: application/x-www-form-urlencoded; charset=utf-16"}, false},
		{"gzip", []string{"Content-Encoding: gzip"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			answer := d.post(t, web.MessagePath, aMessage(nil), tc.headers...)
			if tc.ok {
				requireEmptyTwiML(t, answer)
				return
			}
			requireRefused(t, answer, http.StatusUnsupportedMediaType, sentence)
		})
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, tc := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodGet, web.MessagePath, http.StatusMethodNotAllowed, "OPTIONS, POST"},
		{http.MethodHead, web.MessagePath, http.StatusMethodNotAllowed, "OPTIONS, POST"},
		{http.MethodPut, web.MessagePath, http.StatusMethodNotAllowed, "OPTIONS, POST"},
		{http.MethodDelete, web.StatusPath, http.StatusMethodNotAllowed, "OPTIONS, POST"},
		{http.MethodPost, "/healthz", http.StatusMethodNotAllowed, "OPTIONS, GET, HEAD"},
		{http.MethodPost, web.MessagePath + "/", http.StatusNotFound, ""},
		{http.MethodPost, "/api/webhooks/WhatsApp", http.StatusNotFound, ""},
		{http.MethodPost, "/api/webhooks/whatsapp%2Fstatus", http.StatusNotFound, ""},
		{http.MethodPost, "//api/webhooks/whatsapp", http.StatusNotFound, ""},
		{http.MethodGet, "/", http.StatusNotFound, ""},
		{http.MethodGet, "/metrics", http.StatusNotFound, ""},
		{http.MethodGet, "/riverui/", http.StatusNotFound, ""},
		{http.MethodGet, "/debug/pprof/", http.StatusNotFound, ""},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tc.method, d.url+tc.path, http.NoBody)
			require.NoError(t, err)
			answer := send(t, req)
			require.Equal(t, tc.status, answer.StatusCode)
			if tc.method != http.MethodHead {
				require.Contains(t, bodyOf(t, answer), `{"success":false,"error":"`)
			}
			if tc.allow != "" {
				require.Equal(t, tc.allow, answer.Header.Get("Allow"))
			}
		})
	}
}

// A 2xx means committed: whatever Accept gives but nil, the answer is none.
func TestMessageThatIsNotStored(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		err      error
		status   int
		sentence string
		outcome  string
	}{
		{"database away", app.Errorf(app.Unavailable, "connect"), http.StatusServiceUnavailable, unavailable, "unavailable"},
		{"uncertain", app.Errorf(app.Uncertain, "commit"), http.StatusServiceUnavailable, unavailable, "unavailable"},
		{"too slow", fmt.Errorf("commit: %w", context.DeadlineExceeded), http.StatusServiceUnavailable, unavailable, "unavailable"},
		{"invalid", app.Errorf(app.Invalid, "body"), http.StatusBadRequest, malformed, "invalid"},
		{"throttled", app.Errorf(app.Throttled, "queue"), http.StatusTooManyRequests, "Too many requests: try again in a few seconds", "unavailable"},
		{"rejected", app.Errorf(app.Rejected, "x"), http.StatusBadGateway, internal, "failed"},
		{"bug", errors.New("no such column whatsapp:+447700900123"), http.StatusInternalServerError, internal, "failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.onMessage(func(context.Context, app.Message) (app.Receipt, error) {
				return app.Receipt{ExecutionID: executionID}, tc.err
			})
			answer := d.post(t, web.MessagePath, aMessage(nil), "Accept: application/json")
			retry := ""
			if tc.status == http.StatusServiceUnavailable || tc.status == http.StatusTooManyRequests {
				retry = "5"
			}
			require.Equal(t, retry, answer.Header.Get("Retry-After"))
			requireRefused(t, answer, tc.status, tc.sentence)
			d.requireCounted(t, `ferry_webhook_seconds_count{outcome="`+tc.outcome+`"}`, "1")
			require.Contains(t, d.log.String(), `"message_sid":"`+messageSID+`"`)
			require.Equal(t, 1, strings.Count(d.log.String(), "\n"), "one failure, one line")
		})
	}
}

func TestPanicWhileAccepting(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.onMessage(func(_ context.Context, m app.Message) (app.Receipt, error) { panic("cannot store " + m.Body) })
	requireRefused(t, d.post(t, web.MessagePath, aMessage(nil)), http.StatusInternalServerError, internal)
	require.Equal(t, 1, strings.Count(d.log.String(), "\n"), "one panic, one line")
	require.Contains(t, d.log.String(), `"message_sid":"`+messageSID+`"`)
	require.Contains(t, d.log.String(), `"route":"`+web.MessagePath+`"`)
	require.NotContains(t, d.log.String(), "COF-001")
	d.requireCounted(t, `ferry_webhook_seconds_count{outcome="failed"}`, "1")
	d.onMessage(func(context.Context, app.Message) (app.Receipt, error) { return app.Receipt{}, nil })
	requireEmptyTwiML(t, d.post(t, web.MessagePath, aMessage(nil)))
}

// Accept gets its time whatever the client does, and no more than Twilio's
// patience allows.
func TestAcceptOutlivesTheClientWithinABudget(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	entered, left := make(chan context.Context), make(chan struct{})
	d.onMessage(func(ctx context.Context, _ app.Message) (app.Receipt, error) {
		entered <- ctx
		<-left
		return app.Receipt{}, ctx.Err()
	})
	fields := aMessage(nil)
	client, hangUp := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(client, http.MethodPost, d.url+web.MessagePath, strings.NewReader(fields.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", sign(authToken, publicURL+web.MessagePath, fields))
	gone := make(chan error, 1)
	go func() {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err == nil {
			_ = answer.Body.Close()
		}
		gone <- err
	}()
	ctx := <-entered
	deadline, bounded := ctx.Deadline()
	require.True(t, bounded)
	require.InDelta(t, 12, time.Until(deadline).Seconds(), 1)
	hangUp()
	require.ErrorIs(t, <-gone, context.Canceled)
	// net/http notices the lost connection within moments; the context must
	// not. Nothing signals "it did not happen", so this waits a little.
	require.Never(t, func() bool { return ctx.Err() != nil }, 300*time.Millisecond, 10*time.Millisecond)
	close(left)
}

func TestShutdownWaitsForRequestsUnderWay(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	entered, left := make(chan struct{}), make(chan struct{})
	d.onMessage(func(context.Context, app.Message) (app.Receipt, error) {
		close(entered)
		<-left
		return app.Receipt{ExecutionID: executionID}, nil
	})
	answered := make(chan *http.Response, 1)
	go func() { answered <- d.post(t, web.MessagePath, aMessage(nil)) }()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- d.server.Shutdown(context.Background()) }()
	require.Eventually(t, func() bool { // the door is shut: nobody new gets in
		_, err := http.Get(d.url + "/healthz")
		return err != nil
	}, 5*time.Second, 5*time.Millisecond)
	close(left)
	requireEmptyTwiML(t, <-answered)
	require.NoError(t, <-stopped)
}

func TestLogOfRefusalsIsSampled(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for range 50 {
		d.postBody(t, web.MessagePath, strings.NewReader(url.Values{}.Encode()))
	}
	require.LessOrEqual(t, strings.Count(d.log.String(), "\n"), 5, "an unsigned flood fills the log")
	d.requireCounted(t, `ferry_webhook_seconds_count{outcome="unauthorized"}`, "50")
}
