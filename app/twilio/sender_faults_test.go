package twilio_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

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
					c.Timeout = time.Second // enough to write the request on a busy machine
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
		s := senderTo(t, "https://"+l.Addr().String(), func(c *twilio.SenderConfig) { c.Timeout = time.Second })
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
