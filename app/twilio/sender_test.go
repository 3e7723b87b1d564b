package twilio_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

const secretText = "the canary sang"

// startFake starts a fake Twilio for one test.
func startFake(tb testing.TB, options twiliotest.Options) *twiliotest.Fake {
	tb.Helper()
	fake := twiliotest.New(options)
	tb.Cleanup(fake.Close)
	require.NoError(tb, fake.Start())
	return fake
}

// senderTo makes a Sender for a fake's account, closed with the test.
func senderTo(tb testing.TB, apiURL string, change ...func(*twilio.SenderConfig)) *twilio.Sender {
	tb.Helper()
	config := twilio.SenderConfig{APIURL: apiURL, AccountSID: account, AuthToken: token, From: number}
	for _, c := range change {
		c(&config)
	}
	s := twilio.NewSender(config)
	tb.Cleanup(s.Close)
	return s
}

func outbound() twilio.Outbound {
	return twilio.Outbound{To: person, Body: secretText}
}

// requireSendError checks an error's type, and that its text tells nothing
// about person, text or account.
func requireSendError(t *testing.T, err error) *twilio.SendError {
	t.Helper()
	var e *twilio.SendError
	require.ErrorAs(t, err, &e)
	for _, secret := range []string{"447700900123", secretText, account, token} {
		require.NotContains(t, err.Error(), secret)
	}
	return e
}

func TestSend(t *testing.T) {
	t.Parallel()
	fake := startFake(t, twiliotest.Options{MessagingServiceSID: service, APIKey: "SK00112233445566778899aabbccddeeff", APISecret: "s3cret"})
	callback := publicURL + statusURI
	tests := []struct {
		name   string
		config func(*twilio.SenderConfig)
		send   twilio.Outbound
		want   func(*twiliotest.Message)
	}{
		{"from a number", func(*twilio.SenderConfig) {}, outbound(), func(m *twiliotest.Message) { m.From = number }},
		{
			"from a service", func(c *twilio.SenderConfig) { c.From, c.MessagingServiceSID = "", service }, outbound(),
			func(m *twiliotest.Message) { m.From, m.MessagingServiceSID = number, service },
		},
		{
			"with an API key", func(c *twilio.SenderConfig) {
				c.AuthToken, c.APIKey, c.APISecret = "", "SK00112233445566778899aabbccddeeff", "s3cret"
			}, outbound(),
			func(m *twiliotest.Message) { m.From = number },
		},
		{
			"with everything", func(*twilio.SenderConfig) {},
			twilio.Outbound{To: "whatsapp:GB.4480491918930694", Body: "ção 😀\n*bold* & more", MediaURL: publicURL + "/reports/x.pdf", StatusCallback: callback},
			func(m *twiliotest.Message) {
				m.From, m.To, m.Body = number, "whatsapp:GB.4480491918930694", "ção 😀\n*bold* & more"
				m.MediaURLs, m.StatusCallback = []string{publicURL + "/reports/x.pdf"}, callback
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sid, err := senderTo(t, fake.URL(), test.config).Send(soon(t), test.send)
			require.NoError(t, err)
			got, err := fake.Await(soon(t), func(m twiliotest.Message) bool { return m.SID == sid })
			require.NoError(t, err)
			want := twiliotest.Message{To: person, Body: secretText}
			test.want(&want)
			require.Equal(t, want, twiliotest.Message{
				From: got.From, To: got.To, Body: got.Body, MessagingServiceSID: got.MessagingServiceSID,
				MediaURLs: got.MediaURLs, StatusCallback: got.StatusCallback,
			})
		})
	}
}

// TestSendKeepsConnections makes good and bad requests over few connections:
// bodies, those of refusals too, are read to the end and closed.
func TestSendKeepsConnections(t *testing.T) {
	t.Parallel()
	fake := twiliotest.New(twiliotest.Options{Decide: func(n int, _ url.Values) twiliotest.Behaviour {
		switch n % 3 {
		case 1:
			return twiliotest.Behaviour{Status: 429}
		case 2:
			return twiliotest.Behaviour{Status: 500, Raw: strings.Repeat("<p>sorry</p>", 10000)} // sent in chunks
		}
		return twiliotest.Behaviour{}
	}})
	t.Cleanup(fake.Close)
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(fake)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	s := senderTo(t, server.URL)
	ctx := soon(t)
	for range 30 {
		_, _ = s.Send(ctx, outbound())
	}
	require.Equal(t, int32(1), opened.Load())
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 10 {
				_, _ = s.Send(ctx, outbound())
			}
		})
	}
	all.Wait()
	// The transport may dial for a request that then finds a free connection.
	require.LessOrEqual(t, opened.Load(), int32(1+2*16))
	require.Equal(t, 190, fake.Stats().Creates)
}

// TestSendWire looks at the request itself: what Twilio does not ask for is
// not there, and the base URL may have a path.
func TestSendWire(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	bodies := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
		got <- r
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid":%q}`, messageID)
	}))
	t.Cleanup(server.Close)
	sid, err := senderTo(t, server.URL+"/proxy/").Send(soon(t), twilio.Outbound{To: person, Body: "a b&c", StatusCallback: publicURL + statusURI})
	require.NoError(t, err)
	require.Equal(t, messageID, sid)
	r := <-got
	require.Equal(t, "POST /proxy/2010-04-01/Accounts/"+account+"/Messages.json", r.Method+" "+r.RequestURI)
	require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
	user, password, _ := r.BasicAuth()
	require.Equal(t, account+" "+token, user+" "+password)
	require.Empty(t, r.Header.Get("Idempotency-Key"), "Go's transport repeats requests that have one")
	form, err := url.ParseQuery(<-bodies)
	require.NoError(t, err)
	require.Equal(t, url.Values{"To": {person}, "From": {number}, "Body": {"a b&c"}, "StatusCallback": {publicURL + statusURI}}, form)
}

// TestSenderConfig names what is wrong, and sends nothing then.
func TestSenderConfig(t *testing.T) {
	t.Parallel()
	good := twilio.SenderConfig{AccountSID: account, AuthToken: token, From: number}
	require.NoError(t, good.Check())
	tests := []struct {
		name   string
		change func(*twilio.SenderConfig)
		says   string
	}{
		{"no account", func(c *twilio.SenderConfig) { c.AccountSID = "" }, "account SID"},
		{"no credentials", func(c *twilio.SenderConfig) { c.AuthToken = "" }, "neither an auth token nor an API key"},
		{"half an API key", func(c *twilio.SenderConfig) { c.AuthToken, c.APIKey = "", "SK1" }, "neither an auth token nor an API key"},
		{"no sender", func(c *twilio.SenderConfig) { c.From = "" }, "neither a WhatsApp number nor a messaging service"},
		{"bad sender", func(c *twilio.SenderConfig) { c.From = "+14155238886" }, "WhatsApp number"},
		{"bad service", func(c *twilio.SenderConfig) { c.MessagingServiceSID = "MG1" }, "messaging service SID"},
		{"bad URL", func(c *twilio.SenderConfig) { c.APIURL = "localhost:80" }, "API URL"},
		{"URL with a query", func(c *twilio.SenderConfig) { c.APIURL = "http://localhost?a=b" }, "API URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := good
			test.change(&config)
			require.ErrorContains(t, config.Check(), test.says)
			_, err := twilio.NewSender(config).Send(soon(t), outbound())
			require.Equal(t, twilio.ClassConfiguration, requireSendError(t, err).Class)
		})
	}
}

// TestSendErrorText shows what an operator reads.
func TestSendErrorText(t *testing.T) {
	t.Parallel()
	e := &twilio.SendError{Class: twilio.ClassOptedOut, Code: 21610, HTTPStatus: 400}
	require.Equal(t, "twilio: opted_out: HTTP 400: code 21610 (the recipient has opted out)", e.Error())
	cause := errors.New("connection refused")
	e = &twilio.SendError{Class: twilio.ClassRetry, Err: cause}
	require.Equal(t, "twilio: retry: connection refused", e.Error())
	require.ErrorIs(t, e, cause)
}

// BenchmarkSend is one send against a fake on loopback in this process, both
// sides together; BenchmarkSendBare is the same request without twilio-go and
// without reading the answer as JSON.
func BenchmarkSend(b *testing.B) {
	fake := startFake(b, twiliotest.Options{CountOnly: true, Steps: []twiliotest.Step{}})
	s := senderTo(b, fake.URL())
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Send(ctx, outbound()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSendBare(b *testing.B) {
	fake := startFake(b, twiliotest.Options{CountOnly: true, Steps: []twiliotest.Step{}})
	form := url.Values{"To": {person}, "From": {number}, "Body": {secretText}}.Encode()
	client := &http.Client{Transport: &http.Transport{}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost,
			fake.URL()+"/2010-04-01/Accounts/"+account+"/Messages.json", strings.NewReader(form))
		require.NoError(b, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(account, token)
		resp, err := client.Do(req)
		require.NoError(b, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}
