package twiliotest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
)

// TestCreate makes a message and finds it again in every way there is.
func TestCreate(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{Steps: []twiliotest.Step{}})
	a := apiOf(t, fake)
	made := a.created(t, with(text("hello"), "StatusCallback", "https://ferry.example.com/status?part=1"))
	require.Regexp(t, `^SM[0-9a-f]{32}$`, made["sid"])
	require.Equal(t, "queued", made["status"])
	require.Equal(t, "outbound-api", made["direction"])
	require.Nil(t, made["date_sent"])
	_, err := time.Parse(time.RFC1123Z, made["date_created"].(string))
	require.NoError(t, err)

	status, fetched, err := a.call(t, http.MethodGet, messages+"/"+made["sid"].(string)+".json", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, made, fetched)

	found, err := fake.Await(soon(t), func(m twiliotest.Message) bool { return m.Body == "hello" })
	require.NoError(t, err)
	require.Equal(t, made["sid"], found.SID)
	require.Equal(t, []twiliotest.Message{found}, fake.Messages())
	require.Equal(t, 1, fake.Count(person, "hello"))
	require.Zero(t, fake.Count(person, "other"))
	require.Equal(t, twiliotest.Stats{Creates: 1, Accepted: 1, Fetches: 1}, fake.Stats())

	a.created(t, text("hello"))
	require.Equal(t, 2, fake.Count(person, "hello"))
	require.Equal(t, 1, fake.Stats().Repeated)
}

// TestRules refuses what Twilio refuses, with its codes.
func TestRules(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{MessagingServiceSID: service, APIKey: "SK1", APISecret: "secret", Steps: []twiliotest.Step{}})
	long := strings.Repeat("ß", 1600)
	many := text("x")
	many["MediaUrl"] = make([]string, 11)
	for i := range many["MediaUrl"] {
		many["MediaUrl"][i] = "https://a.example.com/" + strconv.Itoa(i)
	}
	tests := []struct {
		name         string
		form         url.Values
		status, code int
	}{
		{"text", text("x"), 201, 0},
		{"service", with(text("x"), "From", "", "MessagingServiceSid", service), 201, 0},
		{"service and number", with(text("x"), "MessagingServiceSid", service), 201, 0},
		{"user id", with(text("x"), "To", "whatsapp:GB.123"), 201, 0},
		{"media alone", with(text(""), "Body", "", "MediaUrl", "https://a.example.com/x.pdf"), 201, 0},
		{"template", with(text(""), "Body", "", "ContentSid", "HX00112233445566778899aabbccddeeff"), 201, 0},
		{"1600 characters", text(long), 201, 0},
		{"1601 characters", text(long + "x"), 400, 21617},
		{"801 emoji", text(strings.Repeat("😀", 801)), 400, 21617},
		{"no recipient", with(text("x"), "To", ""), 400, 21604},
		{"bad recipient", with(text("x"), "To", "whatsapp:447700900123"), 400, 21211},
		{"plain number", with(text("x"), "To", "+447700900123"), 400, 21211},
		{"to itself", with(text("x"), "To", number), 400, 21211},
		{"no sender", with(text("x"), "From", ""), 400, 21603},
		{"sender of somebody else", with(text("x"), "From", "whatsapp:+15550001111"), 400, 63007},
		{"service of somebody else", with(text("x"), "MessagingServiceSid", "MG1"), 400, 21701},
		{"nothing to say", with(text(""), "Body", ""), 400, 21602},
		{"callback that is no URL", with(text("x"), "StatusCallback", "/status"), 400, 21609},
		{"callback to a host with an underscore", with(text("x"), "StatusCallback", "https://a_b.example.com/"), 400, 21609},
		{"media that is no URL", with(text("x"), "MediaUrl", "report.pdf"), 400, 21620},
		{"eleven files", many, 400, 21623},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, answer, err := apiOf(t, fake).create(t, test.form)
			require.NoError(t, err)
			require.Equal(t, test.status, status, "%v", answer)
			if test.code != 0 {
				require.InDelta(t, test.code, answer["code"], 0)
				require.InDelta(t, test.status, answer["status"], 0)
			}
		})
	}
}

// TestDoor lets in only those who have the account's credentials.
func TestDoor(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{APIKey: "SK1", APISecret: "secret"})
	tests := []struct {
		name, user, password, method, path string
		status                             int
	}{
		{"token", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodGet, messages + ".json", 200},
		{"API key", "SK1", "secret", http.MethodGet, messages + ".json", 200},
		{"nobody", "", "", http.MethodGet, messages + ".json", 401},
		{"bad token", twiliotest.AccountSID, "x", http.MethodGet, messages + ".json", 401},
		{"bad secret", "SK1", "x", http.MethodGet, messages + ".json", 401},
		{"mixed", twiliotest.AccountSID, "secret", http.MethodGet, messages + ".json", 401},
		{"other account", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodGet, "/2010-04-01/Accounts/AC1/Messages.json", 404},
		{"other resource", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodGet, "/2010-04-01/Accounts/" + twiliotest.AccountSID + "/Calls.json", 404},
		{"other version", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodGet, "/2011/Messages.json", 404},
		{"no such message", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodGet, messages + "/SM1.json", 404},
		{"delete", twiliotest.AccountSID, twiliotest.AuthToken, http.MethodDelete, messages + "/SM1.json", 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := apiOf(t, fake)
			a.user, a.password = test.user, test.password
			status, answer, err := a.call(t, test.method, test.path, nil)
			require.NoError(t, err)
			require.Equal(t, test.status, status, "%v", answer)
		})
	}
}

// TestFaults goes through the script's faults as a client sees them.
func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fault    twiliotest.Behaviour
		status   int // 0: no answer
		want     map[string]any
		accepted int
	}{
		{"refusal", twiliotest.Behaviour{Status: 400, Code: 21610}, 400, map[string]any{"code": 21610.0}, 0},
		{"rate", twiliotest.Behaviour{Status: 429, RetryAfter: 1500 * time.Millisecond}, 429, map[string]any{"code": 20429.0, "retry_after": "2"}, 0},
		{"error", twiliotest.Behaviour{Status: 503}, 503, map[string]any{"code": 20503.0}, 0},
		{"error after acceptance", twiliotest.Behaviour{Status: 500, Accept: true}, 500, map[string]any{"code": 20500.0}, 1},
		{"foreign error", twiliotest.Behaviour{Status: 502, Raw: "<html>"}, 502, map[string]any{"raw": "<html>"}, 0},
		{"garbage", twiliotest.Behaviour{Raw: "ok"}, 201, map[string]any{"raw": "ok"}, 1},
		{"lost", twiliotest.Behaviour{Lose: true}, 0, nil, 1},
		{"reset", twiliotest.Behaviour{Reset: true}, 0, nil, 0},
		{"slow", twiliotest.Behaviour{Delay: time.Millisecond}, 201, nil, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := start(t, twiliotest.Options{})
			a := apiOf(t, fake)
			fake.SetDecide(func(n int, form url.Values) twiliotest.Behaviour {
				if n == 1 && form.Get("Body") == "x" {
					return test.fault
				}
				return twiliotest.Behaviour{}
			})
			status, answer, err := a.create(t, text("x"))
			require.Equal(t, test.status, status, "%v", answer)
			require.Equal(t, test.status == 0, err != nil)
			for key, value := range test.want {
				require.Equal(t, value, answer[key])
			}
			require.Len(t, fake.Messages(), test.accepted)
			a.created(t, text("x")) // the script is over
			fake.SetDecide(nil)
			a.created(t, text("x"))
		})
	}
}

// TestList filters and pages as Twilio does.
func TestList(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	fake := start(t, twiliotest.Options{Now: func() time.Time { return now }, Decide: func(_ int, form url.Values) twiliotest.Behaviour {
		if form.Get("Body") == "queued" {
			return twiliotest.Behaviour{Steps: []twiliotest.Step{}}
		}
		return twiliotest.Behaviour{CallbackFirst: true}
	}})
	a := apiOf(t, fake)
	for i := range 5 {
		a.created(t, text(strconv.Itoa(i)))
	}
	a.created(t, text("queued"))
	a.created(t, with(text("other"), "To", "whatsapp:+15550001111"))
	bodies := func(query string) (found []string) {
		t.Helper()
		next := messages + ".json?" + query
		for next != "" {
			status, page, err := a.call(t, http.MethodGet, next, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status, "%v", page)
			for _, m := range page["messages"].([]any) {
				found = append(found, m.(map[string]any)["body"].(string))
			}
			next, _ = page["next_page_uri"].(string)
		}
		return found
	}
	day, later := now.Format(time.RFC3339), now.Add(time.Second).Format(time.RFC3339)
	to := "To=" + url.QueryEscape(person)
	require.Equal(t, []string{"other", "queued", "4", "3", "2", "1", "0"}, bodies(""), "the newest first")
	require.Equal(t, []string{"queued", "4", "3", "2", "1", "0"}, bodies(to+"&PageSize=2"))
	require.Equal(t, []string{"other"}, bodies("To="+url.QueryEscape("whatsapp:+15550001111")))
	require.Empty(t, bodies("From="+url.QueryEscape(person)))
	require.Len(t, bodies("From="+url.QueryEscape(number)), 7)
	require.Equal(t, []string{"4", "3", "2", "1", "0"}, bodies(to+"&DateSent%3E="+url.QueryEscape(day)), "what is queued has no date")
	require.Empty(t, bodies(to+"&DateSent%3E="+url.QueryEscape(later)))
	require.Len(t, bodies(to+"&DateSent%3C="+url.QueryEscape(later)), 5)
	require.Len(t, bodies(to+"&DateSent=2026-11-22"), 5)
	require.Empty(t, bodies(to+"&DateSent=2026-11-21"))
	status, _, err := a.call(t, http.MethodGet, messages+".json?DateSent=soon", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
}

// TestSeed: the same seed makes the same SIDs, none makes new ones.
func TestSeed(t *testing.T) {
	t.Parallel()
	sids := map[string]bool{}
	for _, seed := range []uint64{7, 7, 0, 0} {
		fake := start(t, twiliotest.Options{Seed: seed})
		sids[apiOf(t, fake).created(t, text("x"))["sid"].(string)] = true
	}
	require.Len(t, sids, 3)
}

// TestManyAtOnce takes messages from many clients and counts every one.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{CountOnly: true})
	a := apiOf(t, fake)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 50 {
				status, _, err := a.create(t, text(fmt.Sprintf("%d-%d", worker, i)))
				if err != nil || status != http.StatusCreated {
					t.Errorf("create: %d %v", status, err)
				}
			}
		})
	}
	require.NoError(t, fake.AwaitCount(soon(t), 400))
	all.Wait()
	require.Equal(t, 400, fake.Stats().Accepted)
	require.Zero(t, fake.Stats().Repeated)
	require.Equal(t, 1, fake.Count(person, "3-7"))
	require.Empty(t, fake.Messages(), "counted, not kept")
}

// TestHandler works behind somebody else's server, and refuses when closed.
func TestHandler(t *testing.T) {
	t.Parallel()
	fake := twiliotest.New(twiliotest.Options{Numbers: []app.Address{"whatsapp:+15550001111"}})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	a := api{&http.Client{Transport: transport}, server.URL, fake.AccountSID(), fake.AuthToken()}
	a.created(t, with(text("x"), "From", "whatsapp:+15550001111"))
	require.Equal(t, app.Address("whatsapp:+15550001111"), fake.Number())
	fake.Close()
	status, _, err := a.create(t, with(text("x"), "From", "whatsapp:+15550001111"))
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
}

// TestClose ends everything that waits: slow answers, delayed callbacks, and
// those who await messages.
func TestClose(t *testing.T) {
	t.Parallel()
	h := hookServer(t)
	fake := twiliotest.New(twiliotest.Options{
		Steps:  []twiliotest.Step{{Status: "sent", After: time.Hour}},
		Decide: func(int, url.Values) twiliotest.Behaviour { return twiliotest.Behaviour{Delay: time.Hour} },
	})
	require.NoError(t, fake.Start())
	a := apiOf(t, fake)
	ended := make(chan error, 3)
	go func() {
		_, _, err := a.create(t, with(text("x"), "StatusCallback", h.url))
		ended <- err
	}()
	require.NoError(t, fake.AwaitCount(soon(t), 1))
	go func() {
		_, err := fake.Await(t.Context(), func(m twiliotest.Message) bool { return m.Status == "sent" })
		ended <- err
	}()
	go func() { ended <- fake.AwaitCount(t.Context(), 2) }()
	fake.Close()
	fake.Close()
	for range 3 {
		require.Error(t, <-ended)
	}
	require.Empty(t, h.all())
	_, err := fake.Await(soon(t), func(twiliotest.Message) bool { return true })
	require.Error(t, err)
	cancel := fake.OnMessage(func(twiliotest.Message) {})
	cancel()
}

// BenchmarkCreate is the fake's own speed as a load test meets it, with a
// client on the same machine.
func BenchmarkCreate(b *testing.B) {
	fake := start(b, twiliotest.Options{CountOnly: true, Steps: []twiliotest.Step{}})
	a := apiOf(b, fake)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _, _ = a.create(b, text("hello"))
		}
	})
}
