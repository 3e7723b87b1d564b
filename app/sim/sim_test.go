package sim

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ana = "+447700900001"
	ben = "+447700900002"
)

// stage is a simulator whose webhook is the test's own: these tests are about
// what the simulator makes of ferry's answers, the odd ones above all. With a
// real ferry behind it the simulator is tested in cmd/ferry and in e2e.
type stage struct {
	*Simulator
	fake   *twiliotest.Fake
	server *httptest.Server
	client *Client
}

func newStage(t *testing.T, webhook http.HandlerFunc) *stage {
	t.Helper()
	if webhook == nil {
		webhook = accepts
	}
	fake := twiliotest.New(twiliotest.Options{})
	require.NoError(t, fake.Start())
	t.Cleanup(fake.Close)
	hook := httptest.NewServer(webhook)
	t.Cleanup(hook.Close)
	s, err := New(Options{
		Fake: fake, WebhookURL: hook.URL + "/hook", Company: "Bean & Leaf", Chips: []string{"stock <sku>"},
		Operators: "http://127.0.0.1:1/",
		People: []Person{
			{Phone: ana, Name: "Ana <b>Silva</b>", Persona: app.PersonaHub, Role: app.RoleViewer, Language: "pt"},
			{Phone: ben, Name: "Ben"},
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	client := NewClient(server.URL)
	t.Cleanup(client.Close)
	return &stage{Simulator: s, fake: fake, server: server, client: client}
}

func accepts(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"success": true, "executionId": "e1", "message": "Processing request"}`)
}

// says makes ferry's side send a text over the fake's API.
func (s *stage) says(t *testing.T, to, text string) {
	t.Helper()
	form := url.Values{"From": {string(s.fake.Number())}, "To": {"whatsapp:" + to}, "Body": {text}}
	path := s.fake.URL() + "/2010-04-01/Accounts/" + s.fake.AccountSID() + "/Messages.json"
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.SetBasicAuth(s.fake.AccountSID(), s.fake.AuthToken())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.server.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
}

// until reads a stream up to the first change that a function accepts.
func until(t *testing.T, stream *Stream, accept func(Bubble) bool) Bubble {
	t.Helper()
	for {
		b, err := stream.Next()
		require.NoError(t, err)
		if accept(b) {
			return b
		}
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	var form url.Values
	var signature, accept string
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form, signature, accept = r.PostForm, r.Header.Get("X-Twilio-Signature"), r.Header.Get("Accept")
		accepts(w, r)
	})
	_, everybody, err := s.client.Follow(t.Context(), "")
	require.NoError(t, err)
	defer everybody.Close() //nolint:errcheck // the test is over

	sent, err := s.client.Send(t.Context(), ana, "stock *X* ✅")
	require.NoError(t, err)
	require.Equal(t, Webhook{Status: 200, MS: sent.Webhook.MS, ExecutionID: "e1", Note: "Processing request"}, sent.Webhook)
	require.Equal(t, "whatsapp:"+ana, form.Get("From"))
	require.Equal(t, "stock *X* ✅", form.Get("Body"))
	require.Equal(t, "Ana <b>Silva</b>", form.Get("ProfileName"))
	require.Equal(t, twiliotest.Sign(s.fake.AuthToken(), s.options.WebhookURL, form), signature)
	require.Equal(t, "application/json", accept)

	taken := until(t, everybody, func(b Bubble) bool { return b.Webhook != nil })
	require.Equal(t, StatusDelivered, taken.Status)
	require.Zero(t, taken.AnsweredMS)
	s.says(t, ana, "5 left")
	answered := until(t, everybody, func(b Bubble) bool { return b.Mine })
	require.Equal(t, StatusRead, answered.Status)
	require.Positive(t, answered.AnsweredMS)
	last := until(t, everybody, func(b Bubble) bool { return !b.Mine && b.Status == StatusDelivered })
	require.Equal(t, "5 left", last.Text)
	require.Equal(t, ana, last.Person)

	s.says(t, ben, "for somebody else")
	until(t, everybody, func(b Bubble) bool { return b.Person == ben && b.Status == StatusDelivered })
	all, err := s.client.Messages(t.Context(), "447700900001")
	require.NoError(t, err)
	require.Equal(t, []Bubble{answered, last}, all)
	all, err = s.client.Messages(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, all, 3)

	// Whoever comes later gets all of it.
	past, stream, err := s.client.Follow(t.Context(), ana)
	require.NoError(t, err)
	require.Equal(t, []Bubble{answered, last}, past)
	s.says(t, ben, "not for this stream")
	s.says(t, ana, "for this one")
	next, err := stream.Next()
	require.NoError(t, err)
	require.Equal(t, "for this one", next.Text)
	require.NoError(t, stream.Close())
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		status int
		want   string // of the error
	}{
		{"refused with a reason", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"success": false, "error": "Invalid signature"}`)
		}, 401, "HTTP 401 Invalid signature"},
		{"refused without words", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, 502, "HTTP 502"},
		{"accepted, and not in JSON", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<Response/>")
		}, 200, "the answer is not the JSON that was asked for"},
		{"hung up", func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		}, 0, "post the webhook: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, tc.answer)
			_, stream, err := s.client.Follow(t.Context(), ana)
			require.NoError(t, err)
			defer stream.Close() //nolint:errcheck // the test is over
			sent, err := s.client.Send(t.Context(), ana, "hello")
			require.NoError(t, err)
			require.Equal(t, tc.status, sent.Webhook.Status)
			require.Contains(t, sent.Webhook.Error, tc.want)
			b := until(t, stream, func(b Bubble) bool { return b.Webhook != nil })
			require.Equal(t, sent.Webhook, *b.Webhook)
			if tc.status == http.StatusOK {
				require.Equal(t, StatusDelivered, b.Status)
				return
			}
			require.Equal(t, StatusFailed, b.Status)
			s.says(t, ana, "something else")
			until(t, stream, func(b Bubble) bool {
				require.False(t, b.Mine, "what failed is not answered")
				return b.Status == StatusDelivered
			})
		})
	}
}

func TestFailedReply(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.fake.SetDecide(func(int, url.Values) twiliotest.Behaviour {
		return twiliotest.Behaviour{Steps: twiliotest.Fails("undelivered", 63016)}
	})
	_, stream, err := s.client.Follow(t.Context(), ana)
	require.NoError(t, err)
	defer stream.Close() //nolint:errcheck // the test is over
	s.says(t, ana, "too late")
	b := until(t, stream, func(b Bubble) bool { return b.Status == StatusFailed })
	require.Equal(t, 63016, b.Error)
}

func TestBadMessages(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(http.ResponseWriter, *http.Request) { t.Error("nothing may reach ferry") })
	for _, tc := range []struct {
		name, body, want string
	}{
		{"no JSON", `as=x`, "want {\"as\": PHONE, \"text\": TEXT}"},
		{"another field", `{"as": "+447700900001", "text": "x", "to": "y"}`, `unknown field "to"`},
		{"empty", `{"as": "+447700900001", "text": " \n"}`, "the text is empty"},
		{"too long", `{"as": "+447700900001", "text": "` + strings.Repeat("é", maxText+1) + `"}`, "longer than the 4096 characters"},
		{"a megabyte", `{"as": "+447700900001", "text": "` + strings.Repeat("x", 1<<20) + `"}`, "too large"},
		{"nobody", `{"text": "x"}`, "not a WhatsApp address"},
		{"no number", `{"as": "Ana", "text": "x"}`, "not a WhatsApp address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, err := http.Post(s.server.URL+"/simulator/api/messages", "application/json", strings.NewReader(tc.body))
			require.NoError(t, err)
			defer resp.Body.Close() //nolint:errcheck // it is read
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, http.StatusBadRequest, resp.StatusCode)
			require.Contains(t, strings.ReplaceAll(string(body), `\"`, `"`), tc.want)
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestStrangersJoin(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	_, err := s.client.Send(t.Context(), "+1 555 000 0000", "hello")
	require.NoError(t, err)
	people, err := s.client.People(t.Context())
	require.NoError(t, err)
	require.Equal(t, Person{Phone: "+15550000000", Name: "+15550000000"}, people[2])
	for i := len(people); i < maxPeople; i++ {
		_, err = s.phone("+1555000" + strconv.Itoa(1000+i))
		require.NoError(t, err)
	}
	_, err = s.client.Send(t.Context(), "+15559999999", "hello")
	require.EqualError(t, err, "the simulator has its 200 people already")
}

func TestPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	get := func(path string) (int, string) {
		resp, err := s.server.Client().Get(s.server.URL + path)
		require.NoError(t, err)
		if !strings.Contains(path, "/a") && resp.StatusCode == http.StatusOK {
			require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
			require.Equal(t, pagePolicy, resp.Header.Get("Content-Security-Policy"))
		}
		defer resp.Body.Close() //nolint:errcheck // it is read
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, page := get("/simulator/")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Ana &lt;b&gt;Silva&lt;/b&gt;")
	require.NotContains(t, page, "<b>Silva")
	require.Contains(t, page, "stock &lt;sku&gt;")
	require.Contains(t, page, `href="?as=%2b447700900001"`)
	require.Contains(t, page, `class="app"`, "a phone begins with the list")
	require.NotContains(t, page, "style=", "the policy would not let it through")
	for _, as := range []string{"%2B447700900002", "+447700900002", "447700900002"} {
		_, page = get("/simulator/?as=" + as)
		require.Contains(t, page, `class="app chatting"`, as)
		require.Contains(t, page, `<h2 id="name">Ben</h2>`, as)
	}
	_, page = get("/simulator/?as=nobody")
	require.Contains(t, page, `class="app"`)
	for path, want := range map[string]int{
		"/simulator/assets/chat.js": 200, "/simulator/assets/sim.css": 200, "/simulator/assets/icon.svg": 200,
		"/simulator/index.html": 404, "/simulator/assets/../index.html": 404, "/simulator/api/nothing": 404, "/other": 404,
	} {
		status, _ := get(path)
		require.Equal(t, want, status, path)
	}
}

func TestForeignSitesMayNotPost(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	post := func(origin string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/simulator/api/messages",
			strings.NewReader(`{"as": "`+ana+`", "text": "x"}`))
		require.NoError(t, err)
		req.Header.Set("Origin", origin)
		resp, err := s.server.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusForbidden, post("https://evil.example"))
	require.Equal(t, http.StatusForbidden, post("null"))
	require.Equal(t, http.StatusOK, post(s.server.URL))
}

// The listener's limits are made for webhooks; a page stays open for hours.
func TestStreamOutlivesTheListenersLimits(t *testing.T) {
	t.Parallel()
	const limit = 50 * time.Millisecond
	s := newStage(t, nil)
	strict := httptest.NewUnstartedServer(s)
	strict.Config.ReadTimeout, strict.Config.WriteTimeout = limit, limit
	strict.Start()
	t.Cleanup(strict.Close)
	client := NewClient(strict.URL)
	t.Cleanup(client.Close)
	_, stream, err := client.Follow(t.Context(), ana)
	require.NoError(t, err)
	<-time.After(4 * limit)
	s.says(t, ana, "still there?")
	b, err := stream.Next()
	require.NoError(t, err)
	require.Equal(t, "still there?", b.Text)
	require.NoError(t, stream.Close())
}

// The end of a simulator is the end of its streams: the server that it is
// mounted on waits for them when it shuts down.
func TestCloseEndsStreams(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	_, stream, err := s.client.Follow(t.Context(), "")
	require.NoError(t, err)
	s.Close()
	s.Close()
	_, err = stream.Next()
	require.EqualError(t, err, "the simulator has ended")
	require.NoError(t, stream.Close())
	_, late, err := s.client.Follow(t.Context(), "")
	require.NoError(t, err)
	_, err = late.Next()
	require.Error(t, err)
	require.NoError(t, late.Close())
}

func TestClientAtTheWrongAddress(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	client := NewClient(other.URL + "/")
	t.Cleanup(client.Close)
	_, err := client.People(t.Context())
	require.EqualError(t, err, "the simulator answers 404 Not Found: is this the address of a ferry demo?")
	_, _, err = client.Follow(t.Context(), ana)
	require.ErrorContains(t, err, "is this the address of a ferry demo?")

	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	nobody := NewClient("http://" + l.Addr().String())
	t.Cleanup(nobody.Close)
	_, err = nobody.Send(t.Context(), ana, "x")
	require.ErrorContains(t, err, "ask the simulator: ")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	fake := twiliotest.New(twiliotest.Options{})
	t.Cleanup(fake.Close)
	_, err := New(Options{Fake: fake})
	require.EqualError(t, err, "the simulator needs at least one person")
	_, err = New(Options{Fake: fake, People: []Person{{Phone: "0113", Name: "x"}}})
	require.ErrorContains(t, err, "the phone number of a person: not a WhatsApp address")
}
