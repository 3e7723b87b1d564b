package twiliotest_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/twilio/twiliotest"
)

// TestCallbacks tells each step, signed, in order.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	h := hookServer(t)
	fake := start(t, twiliotest.Options{})
	callback := h.url + "/status?part=1"
	sid := apiOf(t, fake).created(t, with(text("x"), "StatusCallback", callback+"#rc=3"))["sid"]
	posts := h.wait(t, 2)
	require.Equal(t, []string{"sent", "delivered"}, statuses(posts))
	for _, p := range posts {
		require.Equal(t, callback, p.url)
		require.Equal(t, twiliotest.Sign(fake.AuthToken(), callback, p.form), p.signature)
		require.Equal(t, sid, p.form.Get("MessageSid"))
		require.Equal(t, person, p.form.Get("To"))
		require.Equal(t, "+44770090XXXX", p.form.Get("ChannelToAddress"))
	}
	got, err := fake.Await(soon(t), func(m twiliotest.Message) bool { return m.Status == "delivered" })
	require.NoError(t, err)
	require.Len(t, got.History, 3)
	require.False(t, got.DateSent.IsZero())
	require.Eventually(t, func() bool { return fake.Stats().Callbacks == 2 }, 10*time.Second, time.Millisecond)
}

// TestCallbackScripts tells failures, duplicates, losses and the wrong order.
func TestCallbackScripts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		form  url.Values
		b     twiliotest.Behaviour
		told  []string
		final string
	}{
		{
			"read", text("x"),
			twiliotest.Behaviour{Steps: []twiliotest.Step{{Status: "sent"}, {Status: "delivered"}, {Status: "read"}}},
			[]string{"sent", "delivered", "read"},
			"read",
		},
		{"failure", text("x"), twiliotest.Behaviour{Steps: twiliotest.Fails("undelivered", 63016)}, []string{"undelivered"}, "undelivered"},
		{
			"wrong order", text("x"),
			twiliotest.Behaviour{Steps: []twiliotest.Step{{Status: "read"}, {Status: "sent"}, {Status: "delivered"}}},
			[]string{"read", "sent", "delivered"},
			"read",
		},
		{
			"twice", text("x"),
			twiliotest.Behaviour{Steps: []twiliotest.Step{{Status: "sent"}, {Status: "sent"}}},
			[]string{"sent", "sent"},
			"sent",
		},
		{
			"lost", text("x"),
			twiliotest.Behaviour{Steps: []twiliotest.Step{{Status: "sent", Silent: true}, {Status: "delivered"}}},
			[]string{"delivered"},
			"delivered",
		},
		{
			"with pauses", text("x"),
			twiliotest.Behaviour{Steps: []twiliotest.Step{{Status: "sent", After: time.Millisecond}, {Status: "read", After: time.Millisecond}}},
			[]string{"sent", "read"},
			"read",
		},
		{"service", with(text("x"), "MessagingServiceSid", service, "From", ""), twiliotest.Behaviour{}, []string{"queued", "sent", "delivered"}, "delivered"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := hookServer(t)
			fake := start(t, twiliotest.Options{
				MessagingServiceSID: service, Decide: func(int, url.Values) twiliotest.Behaviour { return test.b },
			})
			apiOf(t, fake).created(t, with(test.form, "StatusCallback", h.url))
			posts := h.wait(t, len(test.told))
			require.Equal(t, test.told, statuses(posts))
			require.Equal(t, test.final, fake.Messages()[0].Status)
			if test.name == "failure" {
				require.Equal(t, "63016", posts[0].form.Get("ErrorCode"))
				require.Equal(t, 63016, fake.Messages()[0].ErrorCode)
			}
		})
	}
}

// TestCallbackFirst posts the callbacks before the request is answered.
func TestCallbackFirst(t *testing.T) {
	t.Parallel()
	h := hookServer(t)
	fake := start(t, twiliotest.Options{Decide: func(int, url.Values) twiliotest.Behaviour {
		return twiliotest.Behaviour{CallbackFirst: true}
	}})
	apiOf(t, fake).created(t, with(text("x"), "StatusCallback", h.url))
	require.Equal(t, []string{"sent", "delivered"}, statuses(h.all()))
}

// TestCallbackFailures counts callbacks that are refused or reach nobody.
func TestCallbackFailures(t *testing.T) {
	t.Parallel()
	h := hookServer(t)
	h.status = http.StatusInternalServerError
	fake := start(t, twiliotest.Options{Route: func(rawURL string) string {
		return strings.Replace(rawURL, "https://ferry.example.com", h.url, 1)
	}})
	a := apiOf(t, fake)
	a.created(t, with(text("x"), "StatusCallback", "https://ferry.example.com/status"))
	a.created(t, with(text("x"), "StatusCallback", "http://127.0.0.1:1/"))
	require.Eventually(t, func() bool { return fake.Stats().CallbackErrors == 4 }, 20*time.Second, time.Millisecond)
	require.Equal(t, twiliotest.Sign(fake.AuthToken(), "https://ferry.example.com/status", h.all()[0].form), h.all()[0].signature,
		"the signature is over the URL as it was given")
}

// TestCallbackBound keeps the callbacks under way within Workers.
func TestCallbackBound(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	open := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			continue
		}
		<-open
		w.WriteHeader(http.StatusNoContent)
	}))
	fake := start(t, twiliotest.Options{Workers: 3, Steps: []twiliotest.Step{{Status: "sent"}}})
	a := apiOf(t, fake)
	for i := range 40 {
		a.created(t, with(text(strconv.Itoa(i)), "StatusCallback", server))
	}
	reached := func() bool { return running.Load() >= 3 }
	require.Eventually(t, reached, 20*time.Second, time.Millisecond)
	close(open)
	require.Eventually(t, func() bool { return fake.Stats().Callbacks == 40 }, 20*time.Second, time.Millisecond)
	require.Equal(t, int32(3), most.Load())
}

// TestSubscriptions hear of everything, once and in order, and may ask the fake.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{Workers: 1})
	var mu sync.Mutex
	var heard []string
	done := make(chan struct{})
	cancelMessages := fake.OnMessage(func(m twiliotest.Message) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, m.Body+" "+m.Status)
		_ = fake.Messages()
	})
	cancelStatuses := fake.OnStatus(func(m twiliotest.Message) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, m.Body+" "+m.Status)
		if m.Body == "19" && m.Status == "delivered" {
			close(done)
		}
	})
	a := apiOf(t, fake)
	for i := range 20 {
		a.created(t, text(strconv.Itoa(i)))
	}
	select {
	case <-done:
	case <-soon(t).Done():
		require.FailNow(t, "not heard")
	}
	cancelMessages()
	cancelStatuses()
	a.created(t, text("unheard"))
	fake.Close()
	perMessage := map[string][]string{}
	for _, line := range heard {
		body, status, _ := strings.Cut(line, " ")
		perMessage[body] = append(perMessage[body], status)
	}
	require.Len(t, perMessage, 20)
	for body, got := range perMessage {
		require.Equal(t, []string{"queued", "sent", "delivered"}, got, body)
	}
}
