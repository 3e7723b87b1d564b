package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

// TestSent settles sends of unknown outcome: what was accepted is on the list,
// on its first page or its third, whatever became of it since.
func TestSent(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	fake := startFake(t, twiliotest.Options{
		Now: func() time.Time { return now },
		Decide: func(n int, form url.Values) twiliotest.Behaviour {
			switch form.Get("Body") {
			case "lost":
				return twiliotest.Behaviour{Lose: true}
			case "still queued":
				return twiliotest.Behaviour{Lose: true, Steps: []twiliotest.Step{}}
			case "refused later":
				return twiliotest.Behaviour{Steps: twiliotest.Fails("undelivered", 63016)}
			}
			return twiliotest.Behaviour{}
		},
	})
	s := senderTo(t, fake.URL())
	ctx := soon(t)
	for i := range 250 {
		_, err := s.Send(ctx, twilio.Outbound{To: person, Body: "filler " + strconv.Itoa(i)})
		require.NoError(t, err)
	}
	for _, body := range []string{"lost", "still queued"} {
		_, err := s.Send(ctx, twilio.Outbound{To: person, Body: body})
		require.Error(t, err)
	}
	_, err := s.Send(ctx, twilio.Outbound{To: person, Body: "refused later"})
	require.NoError(t, err)
	_, err = s.Send(ctx, twilio.Outbound{To: "whatsapp:+15550001111", Body: "to somebody else"})
	require.NoError(t, err)
	settled := func() bool {
		for _, m := range fake.Messages() {
			if m.Status == "queued" && m.Body != "still queued" {
				return false
			}
		}
		return true
	}
	require.Eventually(t, settled, 10*time.Second, 5*time.Millisecond)

	// Twilio's times are whole seconds: a moment within the same second counts.
	sent, err := s.Sent(ctx, person, now.Add(900*time.Millisecond))
	require.NoError(t, err)
	byBody := map[string]twilio.SentMessage{}
	for _, m := range sent {
		byBody[m.Body] = m
	}
	require.Len(t, sent, 253, "nobody else's, and none twice")
	require.Len(t, byBody, 253)
	require.Equal(t, "delivered", byBody["lost"].Status)
	require.Equal(t, now, byBody["lost"].DateCreated)
	require.Regexp(t, `^SM[0-9a-f]{32}$`, byBody["lost"].SID)
	require.Equal(t, "queued", byBody["still queued"].Status)
	require.Equal(t, 63016, byBody["refused later"].ErrorCode)

	sent, err = s.Sent(ctx, person, now.Add(time.Second))
	require.NoError(t, err)
	require.Empty(t, sent)
	sent, err = s.Sent(ctx, "whatsapp:+15550002222", now.Add(-time.Hour))
	require.NoError(t, err)
	require.Empty(t, sent)
}

// TestSentFaults: a listing that fails changes nothing and can be repeated,
// unless the account is set up wrongly. It never reads as an empty list.
func TestSentFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   string
		class  twilio.Class
	}{
		{"error", 500, `{"code":20500}`, twilio.ClassRetry},
		{"too many requests", 429, `{"code":20429}`, twilio.ClassWait},
		{"bad credentials", 401, `{"code":20003}`, twilio.ClassConfiguration},
		{"a page", 200, `<html>`, twilio.ClassRetry},
		{"no list", 200, `{}`, twilio.ClassRetry},
		{"breaks off", 200, `{"messages":[{"sid":"SM`, twilio.ClassRetry},
		{"next page unreadable", 200, `{"messages":[],"next_page_uri":"/%zz"}`, twilio.ClassRetry},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			t.Cleanup(server.Close)
			_, err := senderTo(t, server.URL).Sent(soon(t), person, time.Now())
			require.Equal(t, test.class, requireSendError(t, err).Class)
		})
	}
	t.Run("answer lost", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}))
		t.Cleanup(server.Close)
		_, err := senderTo(t, server.URL).Sent(soon(t), person, time.Now())
		require.Equal(t, twilio.ClassRetry, requireSendError(t, err).Class)
	})
}
