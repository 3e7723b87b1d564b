package twiliotest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app/twilio/twiliotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	person  = "whatsapp:+447700900123"
	number  = string(twiliotest.Number)
	service = "MG00112233445566778899aabbccddeeff"
)

func start(tb testing.TB, options twiliotest.Options) *twiliotest.Fake {
	tb.Helper()
	fake := twiliotest.New(options)
	tb.Cleanup(fake.Close)
	require.NoError(tb, fake.Start())
	return fake
}

func soon(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	tb.Cleanup(cancel)
	return ctx
}

// api is an account's owner calling the API without any library.
type api struct {
	client         *http.Client
	base           string
	user, password string
}

func apiOf(tb testing.TB, fake *twiliotest.Fake) api {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	tb.Cleanup(transport.CloseIdleConnections)
	return api{&http.Client{Transport: transport}, fake.URL(), fake.AccountSID(), fake.AuthToken()}
}

// call makes a request and reads its answer as JSON, if it is any.
func (a api) call(tb testing.TB, method, path string, form url.Values) (int, map[string]any, error) {
	tb.Helper()
	req, err := http.NewRequestWithContext(soon(tb), method, a.base+path, strings.NewReader(form.Encode()))
	require.NoError(tb, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a.user != "" {
		req.SetBasicAuth(a.user, a.password)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // the body is read
	body, err := io.ReadAll(resp.Body)
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		answer = map[string]any{"raw": string(body)}
	}
	if after := resp.Header.Get("Retry-After"); after != "" {
		answer["retry_after"] = after
	}
	return resp.StatusCode, answer, err
}

const messages = "/2010-04-01/Accounts/" + twiliotest.AccountSID + "/Messages"

func (a api) create(tb testing.TB, form url.Values) (int, map[string]any, error) {
	tb.Helper()
	return a.call(tb, http.MethodPost, messages+".json", form)
}

// created makes a message that must succeed.
func (a api) created(tb testing.TB, form url.Values) map[string]any {
	tb.Helper()
	status, answer, err := a.create(tb, form)
	require.NoError(tb, err)
	require.Equal(tb, http.StatusCreated, status, "%v", answer)
	return answer
}

func text(body string) url.Values {
	return url.Values{"To": {person}, "From": {number}, "Body": {body}}
}

func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// hook is a web server that keeps what is posted to it.
type hook struct {
	url    string
	mu     sync.Mutex
	posted []post
	status int
	came   chan struct{} // one value for each post
}

type post struct {
	url       string
	form      url.Values
	signature string
	header    http.Header
}

func hookServer(tb testing.TB) *hook {
	tb.Helper()
	h := &hook{status: http.StatusOK, came: make(chan struct{}, 10000)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		h.mu.Lock()
		h.posted = append(h.posted, post{"http://" + r.Host + r.RequestURI, form, r.Header.Get("X-Twilio-Signature"), r.Header})
		status := h.status
		h.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Response/>")
		h.came <- struct{}{}
	}))
	tb.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// wait waits for n more posts and returns all so far.
func (h *hook) wait(tb testing.TB, n int) []post {
	tb.Helper()
	ctx := soon(tb)
	for range n {
		select {
		case <-h.came:
		case <-ctx.Done():
			require.FailNow(tb, "nothing was posted")
		}
	}
	return h.all()
}

func (h *hook) all() []post {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]post(nil), h.posted...)
}

func statuses(posts []post) []string {
	var all []string
	for _, p := range posts {
		all = append(all, p.form.Get("MessageStatus"))
	}
	return all
}
