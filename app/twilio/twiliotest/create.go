package twiliotest

import (
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"ferry/app"
)

// refusal is an answer in the shape of Twilio's errors.
type refusal struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

func refuse(status, code int, message string) *refusal {
	return &refusal{code, message, "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), status}
}

// ServeHTTP answers the Messages API: create, list and fetch.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.begin() {
		http.Error(w, errClosed.Error(), http.StatusServiceUnavailable)
		return
	}
	defer f.active.Done()
	account, resource, ok := splitPath(r.URL.Path)
	switch {
	case !f.authorised(r):
		f.mu.Lock()
		f.stats.Unauthorised++
		f.mu.Unlock()
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
		answer(w, http.StatusUnauthorized, refuse(http.StatusUnauthorized, 20003, "Authenticate"))
	case !ok || account != f.options.AccountSID:
		answer(w, http.StatusNotFound, refuse(http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found"))
	case resource == "" && r.Method == http.MethodPost:
		f.create(w, r)
	case resource == "" && r.Method == http.MethodGet:
		f.list(w, r)
	case resource != "" && r.Method == http.MethodGet:
		f.fetch(w, r, resource)
	default:
		answer(w, http.StatusMethodNotAllowed, refuse(http.StatusMethodNotAllowed, 20004, "Method not allowed"))
	}
}

// splitPath takes the account and, for one message, its SID from a path.
func splitPath(path string) (account, sid string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/2010-04-01/Accounts/")
	if !ok {
		return "", "", false
	}
	account, rest, _ = strings.Cut(rest, "/")
	if rest == "Messages.json" {
		return account, "", true
	}
	rest, ok = strings.CutPrefix(rest, "Messages/")
	if !ok {
		return "", "", false
	}
	sid, ok = strings.CutSuffix(rest, ".json")
	return account, sid, ok && sid != "" && !strings.Contains(sid, "/")
}

func (f *Fake) authorised(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	if !ok {
		return false
	}
	equal := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	if equal(user, f.options.AccountSID) && equal(password, f.options.AuthToken) {
		return true
	}
	return f.options.APIKey != "" && equal(user, f.options.APIKey) && equal(password, f.options.APISecret)
}

// create answers a request that makes a message.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.stats.Creates++
	n := f.stats.Creates
	f.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		answer(w, http.StatusBadRequest, refuse(http.StatusBadRequest, 20001, "The request body cannot be read"))
		return
	}
	form := r.PostForm
	if no := f.check(form); no != nil {
		answer(w, no.Status, no)
		return
	}
	var b Behaviour
	if decide := *f.decide.Load(); decide != nil {
		b = decide(n, form)
	}
	if b.Reset {
		hangUp(w, true)
		return
	}
	var m Message
	if b.Status == 0 || b.Accept {
		m = f.accept(form, b)
	}
	f.pause(r, b.Delay)
	switch {
	case b.Lose || f.ctx.Err() != nil:
		hangUp(w, false)
	case b.Status != 0:
		f.answerRefusal(w, b)
	case b.Raw != "":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(b.Raw))
	default:
		answer(w, http.StatusCreated, f.record(m))
	}
}

// accept makes the message and sends it on its way.
func (f *Fake) accept(form url.Values, b Behaviour) Message {
	m := &Message{
		From:                form.Get("From"),
		To:                  form.Get("To"),
		MessagingServiceSID: form.Get("MessagingServiceSid"),
		Body:                form.Get("Body"),
		MediaURLs:           form["MediaUrl"],
		StatusCallback:      form.Get("StatusCallback"),
		Status:              "queued",
	}
	steps := f.options.Steps
	if b.Steps != nil {
		steps = b.Steps
	}
	if m.MessagingServiceSID != "" {
		// A service accepts first and picks the sender later (twilio.com/docs/
		// messaging/api/message-resource, status "accepted").
		m.Status = "accepted"
		if b.Steps == nil {
			steps = append([]Step{{Status: "queued"}}, steps...)
		}
		if m.From == "" {
			m.From = string(f.options.Numbers[0])
		}
	}
	prefix := "SM"
	if len(m.MediaURLs) > 0 {
		prefix = "MM"
	}
	accepted := f.add(m, prefix)
	j := &journey{message: m, steps: steps}
	var told chan struct{}
	if b.CallbackFirst {
		told = make(chan struct{})
		j.told = told
	}
	f.callbacks.start(j)
	if told != nil {
		select {
		case <-told:
		case <-f.ctx.Done():
		}
	}
	return accepted
}

func (f *Fake) answerRefusal(w http.ResponseWriter, b Behaviour) {
	if b.RetryAfter > 0 {
		seconds := max(1, int((b.RetryAfter+time.Second-1)/time.Second))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	if b.Raw != "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(b.Status)
		_, _ = w.Write([]byte(b.Raw))
		return
	}
	code := b.Code
	if code == 0 {
		code = codeFor(b.Status)
	}
	answer(w, b.Status, refuse(b.Status, code, http.StatusText(b.Status)))
}

// pause waits, but not for a client that has gone or a fake that closes.
func (f *Fake) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-f.ctx.Done():
	}
}

// hangUp ends the connection without an answer, with a TCP reset if wanted.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Only a recorder cannot be hijacked; the nearest thing is an empty 502.
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// longestBody is Twilio's limit. The unit is not documented; UTF-16 units are
// the strictest of the candidates.
const longestBody = 1600

// check applies the rules of twilio.com/docs/messaging/api/message-resource.
func (f *Fake) check(form url.Values) *refusal {
	bad := func(code int, message string) *refusal { return refuse(http.StatusBadRequest, code, message) }
	to, from, service := form.Get("To"), form.Get("From"), form.Get("MessagingServiceSid")
	body := form.Get("Body")
	switch {
	case to == "":
		return bad(21604, "A 'To' phone number is required.")
	case !validAddress(to):
		return bad(21211, "The 'To' number "+to+" is not a valid phone number.")
	case from == "" && service == "":
		return bad(21603, "A 'From' phone number is required.")
	case service != "" && service != f.options.MessagingServiceSID:
		return bad(21701, "The Messaging Service does not exist.")
	case from != "" && !slices.Contains(f.options.Numbers, app.Address(from)):
		return bad(63007, "Twilio could not find a Channel with the specified From address")
	case to == from:
		return bad(21211, "'To' and 'From' number cannot be the same: "+to)
	case body == "" && len(form["MediaUrl"]) == 0 && form.Get("ContentSid") == "":
		return bad(21602, "Message body is required.")
	case utf16Len(body) > longestBody:
		return bad(21617, "The concatenated message body exceeds the 1600 character limit")
	case form.Get("StatusCallback") != "" && !validURL(form.Get("StatusCallback")):
		return bad(21609, "The 'StatusCallback' URL "+form.Get("StatusCallback")+" is not a valid URL.")
	case len(form["MediaUrl"]) > 10:
		return bad(21623, "The number of media files exceeds the limit of 10")
	case slices.ContainsFunc(form["MediaUrl"], func(u string) bool { return !validURL(u) }):
		return bad(21620, "Invalid media URL(s)")
	}
	return nil
}

func validAddress(s string) bool {
	_, err := app.ParseAddress(s)
	return err == nil
}

// validURL wants a web address whose host Twilio would accept: one without an
// underscore.
func validURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.Contains(u.Hostname(), "_")
}

func utf16Len(s string) int {
	if len(s) <= longestBody {
		return len(s) // UTF-16 never needs more units than UTF-8 needs bytes
	}
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
