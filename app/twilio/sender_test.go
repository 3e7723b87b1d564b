package twilio_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// TestSendFaults goes through the ways in which a send has no result, and says
// for each whether the message may be on its way.
func TestSendFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fault    twiliotest.Behaviour
		class    twilio.Class
		code     int
		wait     time.Duration
		accepted int
	}{
		{"too many requests", twiliotest.Behaviour{Status: 429, RetryAfter: 7 * time.Second}, twilio.ClassWait, 20429, 7 * time.Second, 0},
		{"too many requests, no pause named", twiliotest.Behaviour{Status: 429}, twilio.ClassWait, 20429, time.Second, 0},
		{"too many requests, not from Twilio", twiliotest.Behaviour{Status: 429, Raw: "<html>"}, twilio.ClassWait, 0, 0, 0},
		{"opted out", twiliotest.Behaviour{Status: 400, Code: 21610}, twilio.ClassOptedOut, 21610, 0, 0},
		{"window closed", twiliotest.Behaviour{Status: 400, Code: 63016}, twilio.ClassTemplate, 63016, 0, 0},
		{"bad recipient", twiliotest.Behaviour{Status: 400, Code: 21211}, twilio.ClassPermanent, 21211, 0, 0},
		{"a code of the future", twiliotest.Behaviour{Status: 400, Code: 99999}, twilio.ClassPermanent, 99999, 0, 0},
		{"bad credentials", twiliotest.Behaviour{Status: 401, Code: 20003}, twilio.ClassConfiguration, 20003, 0, 0},
		{"forbidden without a code", twiliotest.Behaviour{Status: 403, Raw: "<html>"}, twilio.ClassConfiguration, 0, 0, 0},
		{"no such account", twiliotest.Behaviour{Status: 404}, twilio.ClassConfiguration, 20404, 0, 0},
		{"too long", twiliotest.Behaviour{Status: 400, Code: 21617}, twilio.ClassBug, 21617, 0, 0},
		{"sender's queue full", twiliotest.Behaviour{Status: 400, Code: 21611}, twilio.ClassWait, 21611, 5 * time.Minute, 0},
		{"request timeout", twiliotest.Behaviour{Status: 408, Raw: "x"}, twilio.ClassUncertain, 0, 0, 0},
		{"error, not accepted", twiliotest.Behaviour{Status: 500}, twilio.ClassUncertain, 20500, 0, 0},
		{"error, accepted all the same", twiliotest.Behaviour{Status: 500, Accept: true}, twilio.ClassUncertain, 20500, 0, 1},
		{"unavailable, with a pause", twiliotest.Behaviour{Status: 503, RetryAfter: 3 * time.Second}, twilio.ClassUncertain, 20503, 3 * time.Second, 0},
		{"a load balancer's page", twiliotest.Behaviour{Status: 502, Raw: "<html>Bad gateway"}, twilio.ClassUncertain, 0, 0, 0},
		{"an error with a foreign body", twiliotest.Behaviour{Status: 500, Raw: `{"code":"x"}`}, twilio.ClassUncertain, 0, 0, 0},
		{"refused with a body that breaks off", twiliotest.Behaviour{Status: 400, Raw: `{"code":216`}, twilio.ClassPermanent, 0, 0, 0},
		{"answer lost", twiliotest.Behaviour{Lose: true}, twilio.ClassUncertain, 0, 0, 1},
		{"connection reset", twiliotest.Behaviour{Reset: true}, twilio.ClassUncertain, 0, 0, 0},
		{"too slow", twiliotest.Behaviour{Delay: time.Hour}, twilio.ClassUncertain, 0, 0, 1},
		{"2xx that is a page", twiliotest.Behaviour{Raw: "<html>Welcome"}, twilio.ClassUncertain, 0, 0, 1},
		{"2xx that breaks off", twiliotest.Behaviour{Raw: `{"sid":"SM`}, twilio.ClassUncertain, 0, 0, 1},
		{"2xx without a SID", twiliotest.Behaviour{Raw: `{"status":"queued"}`}, twilio.ClassUncertain, 0, 0, 1},
		{"2xx with a null SID", twiliotest.Behaviour{Raw: `{"sid":null}`}, twilio.ClassUncertain, 0, 0, 1},
		{"2xx of another type", twiliotest.Behaviour{Raw: `{"sid":` + person[10:] + `}`}, twilio.ClassUncertain, 0, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := startFake(t, twiliotest.Options{Decide: func(int, url.Values) twiliotest.Behaviour { return test.fault }})
			s := senderTo(t, fake.URL(), func(c *twilio.SenderConfig) {
				if test.fault.Delay > 0 {
					c.Timeout = 100 * time.Millisecond
				}
			})
			sid, err := s.Send(soon(t), outbound())
			require.Empty(t, sid)
			e := requireSendError(t, err)
			require.Equal(t, test.class, e.Class, "%v", e)
			require.Equal(t, test.code, e.Code)
			require.Equal(t, test.wait, e.RetryAfter)
			require.Len(t, fake.Messages(), test.accepted)
		})
	}
}

// TestSendBeforeConnection: a request that never had a connection was certainly
// not carried out.
func TestSendBeforeConnection(t *testing.T) {
	t.Parallel()
	listen := func(t *testing.T) net.Listener {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l := listen(t)
		require.NoError(t, l.Close())
		_, err := senderTo(t, "http://"+l.Addr().String()).Send(soon(t), outbound())
		require.Equal(t, twilio.ClassRetry, requireSendError(t, err).Class)
	})
	t.Run("TLS that never answers", func(t *testing.T) {
		t.Parallel()
		l := listen(t)
		s := senderTo(t, "https://"+l.Addr().String(), func(c *twilio.SenderConfig) { c.Timeout = 100 * time.Millisecond })
		_, err := s.Send(soon(t), outbound())
		require.Equal(t, twilio.ClassRetry, requireSendError(t, err).Class)
	})
	t.Run("certificate of a stranger", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake fails on purpose
		server.StartTLS()
		t.Cleanup(server.Close)
		_, err := senderTo(t, server.URL).Send(soon(t), outbound())
		require.Equal(t, twilio.ClassRetry, requireSendError(t, err).Class)
	})
	t.Run("given up before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := senderTo(t, "http://127.0.0.1:1").Send(ctx, outbound())
		require.Equal(t, twilio.ClassRetry, requireSendError(t, err).Class)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestSendCancelled gives up while Twilio has the request.
func TestSendCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	fake := startFake(t, twiliotest.Options{Decide: func(int, url.Values) twiliotest.Behaviour {
		cancel()
		return twiliotest.Behaviour{Delay: time.Hour}
	}})
	_, err := senderTo(t, fake.URL()).Send(ctx, outbound())
	e := requireSendError(t, err)
	require.Equal(t, twilio.ClassUncertain, e.Class)
	require.ErrorIs(t, err, context.Canceled)
}

// TestSendRedirect does not follow a redirect: the request would be repeated,
// with its credentials, somewhere else.
func TestSendRedirect(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		t.Cleanup(server.Close)
		_, err := senderTo(t, server.URL).Send(soon(t), outbound())
		require.Equal(t, twilio.ClassConfiguration, requireSendError(t, err).Class)
	}
	require.Zero(t, elsewhere.Load())
}

// TestSendRetryAfter reads the header in both of its forms.
func TestSendRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"12": 12 * time.Second, "0": 0, "-3": 0, "soon": 0, "": 0, "9999999": 24 * time.Hour,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):  time.Hour,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		t.Cleanup(server.Close)
		_, err := senderTo(t, server.URL).Send(soon(t), outbound())
		e := requireSendError(t, err)
		require.Equal(t, twilio.ClassWait, e.Class)
		require.InDelta(t, want.Seconds(), e.RetryAfter.Seconds(), 60, header)
	}
}

// TestSendBrokenAnswer: an answer that breaks off tells its status, and a 2xx
// of which nothing else is known may mean a message.
func TestSendBrokenAnswer(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]twilio.Class{
		"201 Created": twilio.ClassUncertain, "400 Bad Request": twilio.ClassPermanent, "500 Error": twilio.ClassUncertain,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = buffered.WriteString("HTTP/1.1 " + status + "\r\nContent-Length: 100\r\n\r\n{\"sid\":\"" + messageID + "\"}")
			_ = buffered.Flush()
			_ = conn.Close()
		}))
		t.Cleanup(server.Close)
		_, err := senderTo(t, server.URL).Send(soon(t), outbound())
		require.Equal(t, want, requireSendError(t, err).Class, status)
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
