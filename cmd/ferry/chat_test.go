package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/sim"
	"ferry/app/twilio/twiliotest"
)

// chattingPeople are the people of the tests below.
func chattingPeople() []sim.Person {
	return []sim.Person{
		{Phone: "+447700900001", Name: "Ana Silva", Persona: app.PersonaStreamliner, Role: app.RoleViewer},
		{Phone: "+447700900002", Name: "Ben Anand", Persona: app.PersonaDefault, Role: app.RoleViewer},
		{Phone: "+447700900003", Name: "Ana", Persona: app.PersonaHub, Role: app.RoleViewer},
	}
}

func TestFindPerson(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		as, want, problem string
	}{
		{"", "Ana Silva", ""},
		{"ana", "Ana", ""},
		{"ANA S", "Ana Silva", ""},
		{"silva", "Ana Silva", ""},
		{"an", "", `more than one person is called "an": the people are Ana Silva, Ben Anand, Ana`},
		{"ilva", "", `nobody is called "ilva"`},
		{"+447700900002", "Ben Anand", ""},
		{" +44 7700-900 002 ", "Ben Anand", ""},
		{"+15550001111", "+15550001111", ""},
		{"447700900002", "", "nobody is called"},
	} {
		t.Run(tc.as, func(t *testing.T) {
			t.Parallel()
			got, err := findPerson(chattingPeople(), tc.as)
			if tc.problem != "" {
				require.ErrorContains(t, err, tc.problem)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got.Name)
		})
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a\n\tb[2Jé✅", printable(sim.Bubble{Text: "a\n\tb\x1b[2J\x00é✅\r\u009b"}))
	require.Equal(t, "see\nhttps://a.example/1", printable(sim.Bubble{Text: "see", Media: []string{"https://a.example/1"}}))
}

// mirror is a simulator whose webhook is a function of the test's: what no
// healthy demo does.
func mirror(t *testing.T, webhook http.HandlerFunc) (*sim.Client, *twiliotest.Fake) {
	t.Helper()
	fake := twiliotest.New(twiliotest.Options{})
	require.NoError(t, fake.Start())
	t.Cleanup(fake.Close)
	hook := httptest.NewServer(webhook)
	t.Cleanup(hook.Close)
	s, err := sim.New(sim.Options{Fake: fake, WebhookURL: hook.URL, Company: "Shop", People: chattingPeople()})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	client := sim.NewClient(server.URL)
	t.Cleanup(client.Close)
	return client, fake
}

// reply makes ferry's side say something to a person over the fake's API.
func reply(t *testing.T, fake *twiliotest.Fake, to, text string) {
	t.Helper()
	form := strings.NewReader("From=" + strings.ReplaceAll(string(fake.Number()), "+", "%2B") + "&To=" + strings.ReplaceAll(to, "+", "%2B") + "&Body=" + text)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, fake.URL()+"/2010-04-01/Accounts/"+fake.AccountSID()+"/Messages.json", form)
	require.NoError(t, err)
	req.SetBasicAuth(fake.AccountSID(), fake.AuthToken())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
}

func TestChatTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"refused", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"success": false, "error": "Invalid signature"}`))
		}, "ferry did not take the message: HTTP 401 Invalid signature"},
		{"hung up", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).Close()
			}
		}, "ferry did not take the message: post the webhook: "},
		{"recorded only", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"success": true, "executionId": "x", "message": "Recorded"}`))
		}, "no reply: Recorded"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			client, _ := mirror(t, tc.answer)
			var out strings.Builder
			require.ErrorContains(t, sayOnce(t.Context(), client, "", "hello", &out), tc.want)
			require.Empty(t, out.String())
		})
	}
}

// An acknowledgement is printed and not taken for the reply, however long that
// takes; the parts of a reply are printed apart.
func TestChatWaitsForTheReply(t *testing.T) {
	t.Parallel()
	const ana = "whatsapp:+447700900001"
	var fake *twiliotest.Fake
	var client *sim.Client
	later := make(chan struct{})
	client, fake = mirror(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(t, fake, ana, "✅ Message received. Processing your request...")
		close(later)
		_, _ = w.Write([]byte(`{"success": true, "executionId": "x", "message": "Processing request"}`))
	})
	go func() {
		<-later
		<-time.After(2 * replyQuiet) // longer than a complete reply is quiet
		reply(t, fake, ana, "one")
		reply(t, fake, ana, "two")
	}()
	var out strings.Builder
	require.NoError(t, sayOnce(t.Context(), client, "", "hello", &out))
	require.Equal(t, "✅ Message received. Processing your request...\n\none\n\ntwo\n", out.String())
}

func TestChatNoticesTheEnd(t *testing.T) {
	t.Parallel()
	asked, stop := make(chan struct{}), make(chan struct{})
	client, _ := mirror(t, func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-stop
	})
	t.Cleanup(func() { close(stop) }) // before the server's own cleanup, which waits
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	var out strings.Builder
	require.Error(t, sayOnce(ctx, client, "", "hello", &out))
}
