package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

// What people are and write is in the tables that hold it, and nowhere else:
// not in a log at any level, a metric, a job, an error, or an operators' page.
// The test has a conversation in which everything goes wrong, and then looks
// for these.
const (
	numberKnown    = "447700900771" // of a registered person
	numberChatty   = "447700900772" // of another one, who writes too much
	numberStranger = "447700900773"
	numberForged   = "447700900774" // only in requests that are refused
	nameKnown      = "Quillfeather"
	profileName    = "Zanzibarina"
	userID         = "GB.90871234567890"
	word           = "xylocarp"                     // in every text
	forgedMark     = "QUJDREVGR0hJSktMTU5PUFFSU1Q=" // a signature in shape
)

// privateColumns may hold what is looked for.
var privateColumns = []string{
	"agent_execution_queue.context", "agent_execution_queue.result",
	"contacts.address", "contacts.phone_number", "contacts.profile_name", "contacts.reply_to", "contacts.wa_user_id",
	"profiles.name", "profiles.phone_number",
	"reply_parts.body",
	"whatsapp_conversations.details", "whatsapp_conversations.entities", "whatsapp_conversations.message_body",
	"whatsapp_conversations.phone_number", "whatsapp_conversations.trace",
}

// disaster is the conversation: a site with one web and one worker process that
// log all they can.
type disaster struct {
	*site
	web, worker *process
	twilio      atomic.Pointer[twiliotest.Behaviour] // of the next messages
	signatures  map[string]bool                      // that were sent
	sids        int
}

func newDisaster(t *testing.T) *disaster {
	t.Helper()
	d := &disaster{site: newSite(t, pgtest.DB(t)), signatures: map[string]bool{}}
	_, err := importer.Import(t.Context(), d.url, importer.Options{Company: "Tool Shed", Dir: importFolder(t, "users.csv",
		"phone,name,role,persona\n+"+numberKnown+","+nameKnown+",operator,\n+"+numberChatty+",Chatty,viewer,streamliner\n")})
	require.NoError(t, err)
	// The usual fake's token is a part of its account's SID, which is no secret.
	d.fake = twiliotest.New(twiliotest.Options{AuthToken: "c4n4ry70k3n0000000000000000000ff"})
	require.NoError(t, d.fake.Start())
	t.Cleanup(d.fake.Close)
	d.twilio.Store(&twiliotest.Behaviour{})
	d.fake.SetDecide(func(int, url.Values) twiliotest.Behaviour { return *d.twilio.Load() })
	d.env = append(d.env, "TWILIO_AUTH_TOKEN="+d.fake.AuthToken(), "TWILIO_API_URL="+d.fake.URL(), "LOG_LEVEL=debug", "RATE_LIMIT_PER_MINUTE=12", "ACK_MODE=immediate")
	addr := freeAddr(t)
	d.web = d.start(binary(t, ""), "web", addr)
	d.worker = d.start(binary(t, ""), "worker", addr)
	return d
}

// form is a message's form with a new SID and all that a person gives away.
func (d *disaster) form(number, text string) url.Values {
	d.sids++
	form := with(d.formOf(app.Address("whatsapp:+"+number), fmt.Sprintf("SM%032x", d.sids), text),
		"ProfileName", profileName, "WaId", number)
	if number == numberKnown {
		form.Set("ExternalUserId", "whatsapp:"+userID)
	}
	return form
}

// post posts a form, signed unless another signature is given, and returns the
// status.
func (d *disaster) post(t *testing.T, path string, form url.Values, signature string) int {
	t.Helper()
	if signature == "" {
		signature = twiliotest.Sign(d.fake.AuthToken(), "http://"+d.web.addr+path, form)
	}
	d.signatures[signature] = true
	status, _, _ := post(t, d.web.addr, posted{
		path: path, body: strings.NewReader(form.Encode()), headers: []string{"X-Twilio-Signature: " + signature},
	})
	return status
}

// say posts a message that must be taken, and returns its SID.
func (d *disaster) say(t *testing.T, number, text string) string {
	t.Helper()
	form := d.form(number, text)
	require.Equal(t, http.StatusOK, d.post(t, web.MessagePath, form, ""))
	return form.Get("MessageSid")
}

// loudly repeats something until the web process has logged it: it writes one
// line a second about each status.
func (d *disaster) loudly(t *testing.T, line string, do func()) {
	t.Helper()
	before := strings.Count(d.web.log.String(), line)
	require.True(t, eventually(10*time.Second, func() bool {
		do()
		return strings.Count(d.web.log.String(), line) > before
	}), "%s was not logged: %s", line, &d.web.log)
}

func TestPersonalDataStaysInItsTables(t *testing.T) {
	t.Parallel()
	d := newDisaster(t)
	answered := d.everythingThatWorks(t)
	d.everythingThatFails(t)
	settled := d.somethingUncertain(t)
	d.everythingThatIsRefused(t)
	settled()

	places := d.placesToLook(t)
	for name, secret := range d.secrets() {
		for place, text := range places {
			if at := strings.Index(strings.ToLower(text), strings.ToLower(secret)); at >= 0 {
				t.Errorf("%s holds the %s: …%s…", place, name, text[max(0, at-200):min(len(text), at+200)])
			}
		}
	}
	found := d.columnsWithSecrets(t)
	require.Subset(t, privateColumns, found)
	require.Subset(t, found, []string{"contacts.profile_name", "whatsapp_conversations.message_body", "whatsapp_conversations.phone_number"},
		"the conversation did not take place")
	d.requireEvents(t, answered)
}

// everythingThatWorks returns the SID of a message that an agent answered.
func (d *disaster) everythingThatWorks(t *testing.T) string {
	t.Helper()
	sid := d.say(t, numberKnown, word+", please: how many drills in Bristol?")
	require.Equal(t, "answered", d.settled(t, sid).State)
	// The answer quotes the text.
	require.Equal(t, "answered", d.settled(t, d.say(t, numberKnown, "stock "+word)).State)
	require.Equal(t, "answered", d.settled(t, d.say(t, numberKnown, "how many drills in "+word+"?")).State)
	d.say(t, numberKnown, word+"\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\n\x1b[31m"+word)
	d.say(t, numberStranger, "stock "+word)
	for range 14 {
		d.say(t, numberChatty, "help "+word)
	}
	d.await(2, `SELECT count(*)::int FROM whatsapp_conversations WHERE failure = 'rate limit'`)
	d.await(0, `SELECT count(*)::int FROM whatsapp_conversations WHERE state = 'open'`)
	d.await(0, `SELECT count(*)::int FROM reply_parts WHERE accepted_at IS NULL AND purpose <> 'acknowledgement'`)
	return sid
}

// everythingThatFails makes Twilio, the agents' tables and the inbox's refuse.
func (d *disaster) everythingThatFails(t *testing.T) {
	t.Helper()
	// Twilio's refusals name the number, and who knows what else.
	d.twilio.Store(&twiliotest.Behaviour{Status: http.StatusBadRequest, Raw: `{"code":21211,"message":"The 'To' number whatsapp:+` +
		numberKnown + ` is not a valid phone number: ` + word + `","status":400}`})
	require.Equal(t, "failed", d.settled(t, d.say(t, numberKnown, "stock "+word)).State)
	d.await(1, `SELECT count(*)::int FROM reply_parts WHERE error_code = 21211`)
	d.twilio.Store(&twiliotest.Behaviour{Steps: twiliotest.Fails("undelivered", 63016)})
	d.say(t, numberKnown, "stock "+word)
	d.await(1, `SELECT count(*)::int FROM reply_parts WHERE status = 'undelivered'`)
	d.twilio.Store(&twiliotest.Behaviour{})

	d.exec(t, `ALTER TABLE stock RENAME TO stock_away`)
	d.say(t, numberKnown, word+": how many drills in Bristol?")
	d.await(1, `SELECT count(*)::int FROM agent_execution_queue WHERE status = 'failed'`)
	d.exec(t, `ALTER TABLE stock_away RENAME TO stock`)

	// Postgres tells the whole row of what a constraint refuses. One row cannot
	// be stored as it is, then none can.
	d.exec(t, `ALTER TABLE whatsapp_conversations ADD CONSTRAINT canary CHECK (message_body NOT LIKE 'refused%')`)
	refused := d.form(numberKnown, "refused "+word)
	d.loudly(t, "message could not be stored as it is", func() {
		require.Equal(t, http.StatusOK, d.post(t, web.MessagePath, refused, ""))
	})
	d.exec(t, `ALTER TABLE whatsapp_conversations DROP CONSTRAINT canary, ADD CONSTRAINT canary CHECK (false) NOT VALID`)
	refused = d.form(numberKnown, "refused "+word)
	d.loudly(t, `"status":500`, func() {
		require.Equal(t, http.StatusInternalServerError, d.post(t, web.MessagePath, refused, ""))
	})
	d.exec(t, `ALTER TABLE whatsapp_conversations DROP CONSTRAINT canary`)
	require.Equal(t, http.StatusOK, d.post(t, web.MessagePath, refused, ""))
}

// everythingThatIsRefused posts what cannot be taken, each until it is logged.
func (d *disaster) everythingThatIsRefused(t *testing.T) {
	t.Helper()
	form := d.form(numberForged, "stock "+word)
	number := string(d.fake.Number())
	bad := func(status int, path string, form url.Values, signature string) {
		t.Helper()
		d.loudly(t, fmt.Sprintf(`"status":%d`, status), func() { require.Equal(t, status, d.post(t, path, form, signature)) })
	}
	bad(http.StatusUnauthorized, web.MessagePath, form, forgedMark)
	bad(http.StatusUnauthorized, web.StatusPath, form, forgedMark)
	bad(http.StatusBadRequest, web.MessagePath, with(form, "MessageSid", word), "")
	bad(http.StatusBadRequest, web.MessagePath, with(form, "WaId", numberKnown), "")
	bad(http.StatusBadRequest, web.MessagePath, with(form, "Body", word+"From"+string(address(1))), "")
	status := url.Values{
		"AccountSid": {d.fake.AccountSID()}, "From": {number}, "To": {"whatsapp:+" + numberForged},
		"MessageSid": {"SM" + strings.Repeat("9", 32)}, "MessageStatus": {"failed"}, "ErrorCode": {"63016"}, "ErrorMessage": {word + " " + numberForged},
	}
	for _, path := range []string{web.StatusPath, web.StatusPath + "?part=" + word, web.StatusPath + "?part=" + numberForged} {
		require.Equal(t, http.StatusOK, d.post(t, path, status, ""))
	}
	d.loudly(t, "status callback ignored", func() {
		require.Equal(t, http.StatusOK, d.post(t, web.StatusPath+"?part="+word, with(status, "MessageSid", numberForged), ""))
	})
	query := "?From=%2B" + numberForged + "&Body=" + word
	for _, p := range []posted{
		{method: http.MethodGet, path: web.MessagePath + query},
		{path: "/" + word + "/" + numberForged + query},
		{body: strings.NewReader(form.Encode()), headers: []string{"Content-Type: application/json; " + word}},
		{body: strings.NewReader(strings.Repeat(form.Encode(), 2000))},
		{body: strings.NewReader("x"), headers: []string{"X-Long: " + strings.Repeat(numberForged, 4000)}},
	} {
		code, _, _ := post(t, d.web.addr, p)
		require.GreaterOrEqual(t, code, 400)
	}
	for _, p := range []*process{d.web, d.worker} {
		code, _, _ := post(t, p.admin, posted{method: http.MethodGet, path: "/" + word, headers: []string{
			"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(word+":"+numberForged)),
		}})
		require.Equal(t, http.StatusUnauthorized, code)
	}
}

// somethingUncertain hands a message to a Twilio that answers rubbish and is
// away when it is asked what became of it: the address asked holds the number.
// It returns before the question, which comes seconds later, and what waits for
// it.
func (d *disaster) somethingUncertain(t *testing.T) (settled func()) {
	t.Helper()
	d.twilio.Store(&twiliotest.Behaviour{Raw: "<html>" + numberKnown + " " + word, Steps: []twiliotest.Step{}})
	d.say(t, numberKnown, "stock "+word)
	d.await(1, `SELECT count(*)::int FROM reply_parts WHERE status = 'uncertain'`)
	d.fake.Close()
	d.say(t, numberKnown, "help "+word)
	return func() {
		t.Helper()
		for _, line := range []string{"uncertain send not settled", `"class":"retry"`} {
			require.True(t, eventually(30*time.Second, func() bool { return strings.Contains(d.worker.log.String(), line) }),
				"%s was not logged: %s", line, &d.worker.log)
		}
	}
}

func (d *disaster) exec(t *testing.T, sql string) {
	t.Helper()
	_, err := d.db.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func (d *disaster) secrets() map[string]string {
	secrets := map[string]string{
		"number of a registered person": numberKnown, "number of a limited person": numberChatty, "number of a stranger": numberStranger,
		"number in a refused request": numberForged, "person's name": nameKnown, "profile name": profileName, "user id": userID, "text": word,
		"auth token":           d.fake.AuthToken(),
		"REST password":        base64.StdEncoding.EncodeToString([]byte(d.fake.AccountSID() + ":" + d.fake.AuthToken())),
		"operators' password":  "correct-horse-battery",
		"operators' basic key": base64.StdEncoding.EncodeToString([]byte("ops:correct-horse-battery")),
	}
	for signature := range d.signatures {
		secrets["signature "+signature] = signature
	}
	return secrets
}

// placesToLook are the texts that must hold nothing, by what they are.
func (d *disaster) placesToLook(t *testing.T) map[string]string {
	t.Helper()
	places := map[string]string{"the web process's log": d.web.log.String(), "the worker's log": d.worker.log.String()}
	for name, p := range map[string]*process{"web": d.web, "worker": d.worker} {
		for _, path := range []string{
			"/", "/metrics", "/readyz", "/riverui/api/jobs?state=completed&limit=100", "/riverui/api/jobs?state=retryable", "/riverui/api/queues",
		} {
			places[name+path] = d.operatorsPage(t, p, path)
		}
	}
	require.Contains(t, places["web/metrics"], `ferry_messages_total{outcome="rate_limited"} 2`)
	for name, sql := range map[string]string{
		"a job":                      `SELECT to_jsonb(j)::text FROM river_job j`,
		"an execution's error":       `SELECT error FROM agent_execution_queue WHERE error IS NOT NULL`,
		"a part's error":             `SELECT error FROM reply_parts WHERE error IS NOT NULL`,
		"a conversation's failure":   `SELECT failure FROM whatsapp_conversations WHERE failure IS NOT NULL`,
		"a job's error":              `SELECT errors::text FROM river_job WHERE errors IS NOT NULL`,
		"the audit log":              `SELECT to_jsonb(a)::text FROM audit_log a`,
		"the worker processes' rows": `SELECT to_jsonb(w)::text FROM worker_processes w`,
	} {
		rows, err := d.db.Query(t.Context(), sql)
		require.NoError(t, err)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.NotEmpty(t, texts, "nothing to look at: %s", name)
		places[name] = strings.Join(texts, "\n")
	}
	return places
}

func (d *disaster) operatorsPage(t *testing.T, p *process, path string) string {
	t.Helper()
	code, _, text := post(t, p.admin, posted{method: http.MethodGet, path: path, headers: []string{
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ops:correct-horse-battery")),
	}})
	require.Equal(t, http.StatusOK, code, "%s: %s", path, text)
	return text
}

// columnsWithSecrets lists the columns of all tables in which a secret stands.
func (d *disaster) columnsWithSecrets(t *testing.T) []string {
	t.Helper()
	var patterns []string
	for _, secret := range d.secrets() {
		patterns = append(patterns, regexp.QuoteMeta(secret))
	}
	tables := d.texts(t, `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	require.Greater(t, len(tables), 20)
	var columns []string
	for _, table := range tables {
		found := d.texts(t, `SELECT DISTINCT key FROM `+pgx.Identifier{table}.Sanitize()+` t, jsonb_each_text(to_jsonb(t)) WHERE value ~* $1`,
			strings.Join(patterns, "|"))
		for _, column := range found {
			columns = append(columns, table+"."+column)
		}
	}
	slices.Sort(columns)
	return columns
}

func (d *disaster) texts(t *testing.T, sql string, args ...any) []string {
	t.Helper()
	rows, err := d.db.Query(context.Background(), sql, args...)
	require.NoError(t, err)
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return texts
}

// requireEvents checks that every line is a record and that the three events of
// a message are among them, tied together by its ids.
func (d *disaster) requireEvents(t *testing.T, sid string) {
	t.Helper()
	var conversation, execution string
	require.NoError(t, d.db.QueryRow(t.Context(), `SELECT id, execution_id FROM whatsapp_conversations WHERE message_sid = $1`, sid).
		Scan(&conversation, &execution))
	events := map[string]map[string]any{}
	levels := map[string]int{}
	for _, p := range []*process{d.web, d.worker} {
		lines := json.NewDecoder(strings.NewReader(p.log.String()))
		for {
			var line map[string]any
			err := lines.Decode(&line)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, "a line of the log is no record")
			require.NotEqual(t, "forged", line["msg"])
			levels[line["level"].(string)]++
			if line["conversation_id"] == conversation {
				events[line["msg"].(string)] = line
			}
		}
	}
	require.Positive(t, levels["DEBUG"], "nothing is logged at debug")
	require.Positive(t, levels["ERROR"], "nothing went wrong")
	received, executed, sent := events["message received"], events["agent executed"], events["response sent"]
	require.Equal(t, sid, received["message_sid"])
	require.Equal(t, "check_inventory", received["intent"])
	require.NotEmpty(t, received["contact_id"])
	require.Equal(t, execution, executed["execution_id"])
	require.Equal(t, "inventory_monitor", executed["agent"])
	require.Equal(t, true, executed["success"])
	require.NotEmpty(t, sent["part_id"])
	require.Equal(t, received["contact_id"], sent["contact_id"])
}
