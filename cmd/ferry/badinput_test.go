package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
	"ferry/sql/pgtest"
)

// What a process answers to requests that are wrong, or only odd.

const (
	formType  = "application/x-www-form-urlencoded"
	unsigned  = `{"success":false,"error":"Invalid signature"}`
	malformed = `{"success":false,"error":"Malformed request: send the form as Twilio posts it"}`
	tooLarge  = `{"success":false,"error":"Request too large: the limit is 256 KiB"}`
	otherType = `{"success":false,"error":"Unsupported content type: send application/x-www-form-urlencoded, not compressed"}`
	noMethod  = `{"success":false,"error":"Method not allowed: use one that the Allow header names"}`
	emptyXML  = `<?xml version="1.0" encoding="UTF-8"?><Response/>`
)

// posted is a request on its way to a process, and what came back.
type posted struct {
	method  string // POST when empty
	path    string // web.MessagePath when empty
	body    io.Reader
	headers []string // "Name: value"; a form's Content-Type when none is among them
}

// post carries a request out on a connection of its own.
func post(t *testing.T, addr string, p posted) (status int, header http.Header, body string) {
	t.Helper()
	if p.method == "" {
		p.method = http.MethodPost
	}
	if p.path == "" {
		p.path = web.MessagePath
	}
	req, err := http.NewRequestWithContext(t.Context(), p.method, "http://"+addr+p.path, p.body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", formType)
	for _, h := range p.headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	answer, err := client.Do(req)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	return answer.StatusCode, answer.Header, string(text)
}

// formOf is a message's form with the parameters that ferry needs.
func (s *site) formOf(from app.Address, sid, body string) url.Values {
	return url.Values{
		"AccountSid": {s.fake.AccountSID()}, "ApiVersion": {"2010-04-01"}, "Body": {body}, "From": {string(from)},
		"MessageSid": {sid}, "NumMedia": {"0"}, "ProfileName": {"Eve"}, "To": {string(s.fake.Number())},
	}
}

// signed is the header with the signature of a message posted to a process.
func (s *site) signed(addr string, form url.Values) string {
	return "X-Twilio-Signature: " + twiliotest.Sign(s.fake.AuthToken(), "http://"+addr+web.MessagePath, form)
}

// with copies a form and changes parameters: name and value alternate. An
// empty value takes the parameter away.
func with(form url.Values, namesAndValues ...string) url.Values {
	changed := maps.Clone(form)
	for i := 0; i < len(namesAndValues); i += 2 {
		changed.Set(namesAndValues[i], namesAndValues[i+1])
		if namesAndValues[i+1] == "" {
			changed.Del(namesAndValues[i])
		}
	}
	return changed
}

//nolint:tparallel // one group after the other: each builds on what the one before it left behind
func TestBadInputOverTheWire(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	p := s.start(binary(t, ""), "all", freeAddr(t))
	t.Run("refused", func(t *testing.T) { refusedRequests(t, s, p.addr) })
	t.Run("enormous", func(t *testing.T) { enormousRequests(t, s, p.addr) })
	s.requireUntouched(t)
	t.Run("odd", func(t *testing.T) { oddMessages(t, s, p.addr) })
	require.NoError(t, p.terminate(), "the process did not live through it: %s", &p.log)
	requireSlim(t, p)
}

// requireUntouched checks that nothing was stored of whatever was posted.
func (s *site) requireUntouched(t *testing.T) {
	t.Helper()
	for _, table := range []string{
		"contacts", "whatsapp_conversations", "agent_execution_queue", "reply_parts",
		"river_job WHERE kind IN ('execute', 'send')",
	} {
		var n int
		require.NoError(t, s.db.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Zero(t, n, table)
	}
	require.Empty(t, s.fake.Messages())
}

// requireSlim checks how much memory an ended process had at its worst.
func requireSlim(t *testing.T, p *process) {
	t.Helper()
	usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	require.True(t, ok)
	peak := usage.Maxrss << 10
	if runtime.GOOS == "darwin" {
		peak = usage.Maxrss // bytes there, KiB elsewhere
	}
	limit := int64(100 << 20)
	if raceEnabled {
		limit *= 8
	}
	t.Logf("at most %d MiB resident", peak>>20)
	require.Less(t, peak, limit)
}

// refusal is a request that is not taken.
type refusal struct {
	name   string
	posted posted
	status int
	answer string
}

func refusedRequests(t *testing.T, s *site, addr string) {
	t.Helper()
	cases := append(forgedRequests(s, addr), malformedForms(s, addr)...)
	for _, tc := range append(cases, otherRequests(s, addr)...) {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			status, header, answer := post(t, addr, tc.posted)
			require.Equal(t, tc.status, status, answer)
			require.Equal(t, tc.answer, answer)
			require.Equal(t, "application/json", header.Get("Content-Type"))
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
			require.Empty(t, header.Get("Server"))
			if status == http.StatusMethodNotAllowed {
				require.Contains(t, header.Get("Allow"), http.MethodPost)
			}
		})
	}
}

// forgedRequests are not signed, by somebody else, for somebody else or for
// something else.
func forgedRequests(s *site, addr string) []refusal {
	form := s.formOf(address(1), "SM"+strings.Repeat("1", 32), "stock DRL-18")
	right := strings.TrimPrefix(s.signed(addr, form), "X-Twilio-Signature: ")
	over := func(host, path string, signed url.Values) string {
		return "X-Twilio-Signature: " + twiliotest.Sign(s.fake.AuthToken(), host+path, signed)
	}
	here := "http://" + addr
	wrongAccount := with(form, "AccountSid", "AC"+strings.Repeat("9", 32))
	wrongNumber := with(form, "To", "whatsapp:+14155550000")
	var cases []refusal
	for name, tc := range map[string]struct {
		form   url.Values
		header string
		more   string
	}{
		"no signature":                {form, "X-Other: 1", ""},
		"empty signature":             {form, "X-Twilio-Signature: ", ""},
		"short signature":             {form, "X-Twilio-Signature: " + right[:27], ""},
		"signature in another case":   {form, "X-Twilio-Signature: " + strings.ToLower(right), ""},
		"signature of another token":  {form, "X-Twilio-Signature: " + twiliotest.Sign("another", here+web.MessagePath, form), ""},
		"signature of another host":   {form, over("https://ferry.example.com", web.MessagePath, form), "X-Forwarded-Host: ferry.example.com"},
		"signature of a callback":     {form, over(here, web.StatusPath, form), ""},
		"another text":                {with(form, "Body", "stock SAW-7"), over(here, web.MessagePath, form), ""},
		"another sender":              {with(form, "From", string(address(6))), over(here, web.MessagePath, form), ""},
		"a parameter more":            {with(form, "Forwarded", "true"), over(here, web.MessagePath, form), ""},
		"another account, signed":     {wrongAccount, over(here, web.MessagePath, wrongAccount), ""},
		"another number, signed":      {wrongNumber, over(here, web.MessagePath, wrongNumber), ""},
		"a callback without a number": {url.Values{"MessageStatus": {"sent"}}, "X-Twilio-Signature: " + right, ""},
	} {
		headers := []string{tc.header}
		if tc.more != "" {
			headers = append(headers, tc.more)
		}
		cases = append(cases, refusal{name, posted{body: strings.NewReader(tc.form.Encode()), headers: headers}, http.StatusUnauthorized, unsigned})
	}
	return cases
}

// malformedForms are signed and can still not be Twilio's.
func malformedForms(s *site, addr string) []refusal {
	form := s.formOf(address(1), "SM"+strings.Repeat("2", 32), "stock DRL-18")
	signed := func(name string, form url.Values, body string) refusal {
		headers := []string{s.signed(addr, form)}
		return refusal{name, posted{body: strings.NewReader(body), headers: headers}, http.StatusBadRequest, malformed}
	}
	cases := []refusal{
		signed("Body twice", form, form.Encode()+"&Body=stock+SAW-7"),
		signed("MessageSid twice", form, form.Encode()+"&MessageSid=SM"+strings.Repeat("3", 32)),
		signed("a bad escape", form, form.Encode()+"&Label=%zz"),
		signed("a bare separator", form, form.Encode()+"&"),
	}
	callback := with(form, "From", string(s.fake.Number()), "To", string(address(1)), "MessageStatus", "delivered")
	cases = append(cases, signed("a status callback", callback, callback.Encode()))
	for _, name := range []string{"AccountSid", "From", "To", "MessageSid"} {
		less := with(form, name, "")
		cases = append(cases, signed("no "+name, less, less.Encode()))
	}
	for name, value := range map[string]string{
		"From": "+447700900101", "MessageSid": "SM1", "NumMedia": "eleven", "WaId": "447700900106", "SmsMessageSid": "SM" + strings.Repeat("4", 32),
		"MediaUrl0": "https://example.com/a.jpg",
	} {
		wrong := with(form, name, value)
		cases = append(cases, signed("wrong "+name, wrong, wrong.Encode()))
	}
	genuine, forged := s.resplit()
	return append(cases, signed("a text that spells a message", genuine, genuine.Encode()), signed("the message it spells", genuine, forged.Encode()))
}

// resplit is a message whose text is the end of another, and that other one,
// from another person, which has the same signature: Twilio signs names and
// values laid end to end.
func (s *site) resplit() (genuine, forged url.Values) {
	number, sid := string(s.fake.Number()), "SM"+strings.Repeat("6", 32)
	genuine = url.Values{
		"AccountSid": {s.fake.AccountSID()}, "From": {string(address(1))}, "MessageSid": {"SM" + strings.Repeat("5", 32)}, "To": {number},
		"Body": {"order 500 drillsFrom" + string(address(6)) + "MessageSid" + sid + "To" + number + "ToCity"},
	}
	forged = url.Values{
		"AccountSid": {s.fake.AccountSID()}, "From": {string(address(6))}, "MessageSid": {sid}, "To": {number},
		"Body":   {"order 500 drills"},
		"ToCity": {"From" + genuine.Get("From") + "MessageSid" + genuine.Get("MessageSid") + "To" + number},
	}
	return genuine, forged
}

func TestResplitIsAForgery(t *testing.T) {
	t.Parallel()
	s := &site{fake: twiliotest.New(twiliotest.Options{})}
	t.Cleanup(s.fake.Close)
	genuine, forged := s.resplit()
	require.Equal(t, twiliotest.Sign("token", "https://ferry.example.com", genuine), twiliotest.Sign("token", "https://ferry.example.com", forged))
}

// otherRequests are signed as they should be, and no form, or none at all.
func otherRequests(s *site, addr string) []refusal {
	form := s.formOf(address(1), "SM"+strings.Repeat("7", 32), "stock DRL-18")
	right := s.signed(addr, form)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(w, form.Encode()) // into memory
	_ = w.Close()
	notFound := `{"success":false,"error":"Not found: check the address"}`
	typed := func(contentType string, body io.Reader, headers ...string) posted {
		return posted{body: body, headers: append(headers, right, "Content-Type: "+contentType)}
	}
	text := func() io.Reader { return strings.NewReader(form.Encode()) }
	return []refusal{
		{"JSON", typed("application/json", strings.NewReader(`{"Body": "stock DRL-18"}`)), http.StatusUnsupportedMediaType, otherType},
		{"several parts", typed("multipart/form-data; boundary=x", text()), http.StatusUnsupportedMediaType, otherType},
		{"plain text", typed("text/plain", text()), http.StatusUnsupportedMediaType, otherType},
		{"no type", typed("", text()), http.StatusUnsupportedMediaType, otherType},
		{"another encoding", typed(formType+"; charset=utf-16", text()), http.StatusUnsupportedMediaType, otherType},
		{"compressed", typed(formType, &zipped, "Content-Encoding: gzip"), http.StatusUnsupportedMediaType, otherType},
		{"GET", posted{method: http.MethodGet, path: web.MessagePath + "?" + form.Encode(), headers: []string{right}}, http.StatusMethodNotAllowed, noMethod},
		{"PUT", posted{method: http.MethodPut, body: text(), headers: []string{right}}, http.StatusMethodNotAllowed, noMethod},
		{"another path", posted{path: "/api/webhooks", body: text(), headers: []string{right}}, http.StatusNotFound, notFound},
		{"in the query", posted{path: web.MessagePath + "?Body=stock+SAW-7", body: text(), headers: []string{right}}, http.StatusUnauthorized, unsigned},
		{"River UI in public", posted{method: http.MethodGet, path: "/riverui/"}, http.StatusNotFound, notFound},
		{"metrics in public", posted{method: http.MethodGet, path: "/metrics"}, http.StatusNotFound, notFound},
		{"a callback without a signature", posted{path: web.StatusPath, body: text()}, http.StatusUnauthorized, unsigned},
	}
}

// enormousRequests posts a quarter of a gigabyte at once, announced and in
// chunks.
func enormousRequests(t *testing.T, s *site, addr string) {
	t.Helper()
	body := bytes.Repeat([]byte("Body=x%2C"), (8<<20)/9)
	var crowd sync.WaitGroup
	for i := range 32 {
		crowd.Go(func() {
			var reader io.Reader = bytes.NewReader(body)
			if i%2 == 0 {
				reader = io.MultiReader(reader) // hides the length
			}
			status, _, answer := post(t, addr, posted{body: reader, headers: []string{s.signed(addr, url.Values{})}})
			require.Equal(t, http.StatusRequestEntityTooLarge, status, answer)
			require.Equal(t, tooLarge, answer)
		})
	}
	crowd.Wait()
}

// stored is a message as it was taken in.
type stored struct {
	Body    *string
	Raw     []byte
	Kind    string
	Phone   *string
	Details map[string]string
	State   string
}

// oddMessages are unusual and right: each is taken, kept whole and answered.
func oddMessages(t *testing.T, s *site, addr string) {
	t.Helper()
	long := strings.Repeat("stock DRL-18 and more, ", (64<<10)/23)
	emoji := "📦🚨👍🏽👨‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿"
	phone := "+447700900101"
	for name, tc := range map[string]struct {
		in   twiliotest.Inbound
		want stored
	}{
		"NUL and bytes that are no text": {
			twiliotest.Inbound{Body: "stock\x00 DRL-18 \xff\xfe"},
			stored{Body: new("stock DRL-18 \uFFFD"), Raw: []byte("stock\x00 DRL-18 \xff\xfe"), Kind: "text", Phone: &phone},
		},
		"half a character":     {twiliotest.Inbound{Body: "stock \xf0\x9f\x93"}, stored{Body: new("stock \uFFFD"), Raw: []byte("stock \xf0\x9f\x93"), Kind: "text", Phone: &phone}},
		"64 KiB":               {twiliotest.Inbound{Body: long}, stored{Body: &long, Kind: "text", Phone: &phone}},
		"64 KiB of emoji":      {twiliotest.Inbound{Body: strings.Repeat("📦", 16<<10)}, stored{Body: new(strings.Repeat("📦", 16<<10)), Kind: "text", Phone: &phone}},
		"emoji alone":          {twiliotest.Inbound{Body: emoji}, stored{Body: &emoji, Kind: "text", Phone: &phone}},
		"nothing":              {twiliotest.Inbound{}, stored{Body: new(""), Kind: "text", Phone: &phone}},
		"markup and templates": {twiliotest.Inbound{Body: "stock *{{.}}* <b> %s ${x} '; DROP TABLE stock; --"}, stored{Body: new("stock *{{.}}* <b> %s ${x} '; DROP TABLE stock; --"), Kind: "text", Phone: &phone}},
		"a file without a text": {
			twiliotest.Inbound{Media: []twiliotest.Media{{URL: "https://api.twilio.com/a", ContentType: "image/png"}}, Without: []string{"Body"}},
			stored{Body: new(""), Kind: "media", Phone: &phone, Details: map[string]string{
				"MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "image/png", "MessageType": "image",
			}},
		},
		"a tapped button": {
			twiliotest.Inbound{Button: &twiliotest.Button{Text: "Show alerts", Payload: "alerts:1"}},
			stored{Body: new("Show alerts"), Kind: "button", Phone: &phone, Details: map[string]string{
				"ButtonText": "Show alerts", "ButtonPayload": "alerts:1", "MessageType": "button",
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := s.fake.Phone(address(1), s.fake.Number(), "http://"+addr+web.MessagePath)
			answer, err := sent.Send(t.Context(), tc.in)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, answer.Status, answer.Body)
			require.Equal(t, emptyXML, answer.Body)
			tc.want.State = "answered"
			require.Equal(t, tc.want, s.settled(t, answer.SID))
		})
	}
	t.Run("in chunks", func(t *testing.T) {
		t.Parallel()
		form := s.formOf(address(2), "SM"+strings.Repeat("8", 32), "stock DRL-18")
		body := io.MultiReader(strings.NewReader(form.Encode()))
		status, _, answer := post(t, addr, posted{body: body, headers: []string{s.signed(addr, form), "Accept: application/json"}})
		require.Equal(t, http.StatusOK, status, answer)
		require.Regexp(t, `^\{"success":true,"executionId":"[0-9a-f-]{36}","message":"Processing request"\}$`, answer)
		require.Equal(t, "answered", s.settled(t, form.Get("MessageSid")).State)
	})
	t.Run("from nobody's user id", func(t *testing.T) {
		t.Parallel()
		sent := s.fake.Phone("whatsapp:GB.13491208655302741918", s.fake.Number(), "http://"+addr+web.MessagePath)
		answer, err := sent.Text(t.Context(), "stock DRL-18")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		got := s.settled(t, answer.SID)
		require.Equal(t, "refused", got.State)
		require.Nil(t, got.Phone)
		refusal, err := s.fake.Await(t.Context(), func(m twiliotest.Message) bool { return m.To == string(sent.Address()) && !m.Inbound })
		require.NoError(t, err)
		require.NotContains(t, refusal.Body, "DRL")
	})
}

// settled waits until nothing more will become of a message, and returns it.
func (s *site) settled(t *testing.T, sid string) stored {
	t.Helper()
	var got stored
	if !eventually(30*time.Second, func() bool {
		rows, err := s.db.Query(context.Background(), `
			SELECT message_body AS body, raw_body AS raw, kind, phone_number AS phone, details, state
			FROM whatsapp_conversations WHERE message_sid = $1`, sid)
		if err != nil {
			return false
		}
		got, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[stored])
		return err == nil && got.State != "open"
	}) {
		require.Failf(t, "a message was not answered", "%+v\n%s", got, s.stuck())
	}
	return got
}
