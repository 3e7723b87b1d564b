package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
)

var noon = time.Date(2026, 7, 9, 12, 0, 0, 0, time.UTC)

func inbound(n int, sid string) twiliotest.Message {
	return twiliotest.Message{
		N: n, SID: sid, Inbound: true, From: "whatsapp:" + ana, To: "whatsapp:+1", Status: "received",
		DateCreated: noon.Add(time.Duration(n) * time.Second),
	}
}

func outbound(n int, sid string) twiliotest.Message {
	return twiliotest.Message{
		N: n, SID: sid, From: "whatsapp:+1", To: "whatsapp:" + ana, Status: "queued",
		DateCreated: noon.Add(time.Duration(n) * time.Second),
	}
}

// The fake tells of a message in the background, so that the webhook's answer,
// and even the reply, may be known first.
func TestJournalInAnyOrder(t *testing.T) {
	t.Parallel()
	good := Webhook{Status: 200, ExecutionID: "e"}
	for name, steps := range map[string][]func(*journal){
		"in order":            {comes(inbound(1, "a")), answer("a", good), comes(outbound(2, "b"))},
		"answer before all":   {answer("a", good), comes(inbound(1, "a")), comes(outbound(2, "b"))},
		"reply before answer": {comes(inbound(1, "a")), comes(outbound(2, "b")), answer("a", good)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			for _, step := range steps {
				step(j)
			}
			got := j.list(ana)
			require.Len(t, got, 2)
			require.Equal(t, StatusRead, got[0].Status)
			require.Equal(t, &good, got[0].Webhook)
			require.InDelta(t, 1000, got[0].AnsweredMS, 0)
			require.Empty(t, j.early)
		})
	}
}

func comes(m twiliotest.Message) func(*journal) { return func(j *journal) { j.message(m) } }

func answer(sid string, w Webhook) func(*journal) { return func(j *journal) { j.webhook(sid, w) } }

// A reply answers what the person wrote before it, once, and nobody else.
func TestJournalAnswers(t *testing.T) {
	t.Parallel()
	j := newJournal()
	other := inbound(1, "other")
	other.From = "whatsapp:" + ben
	j.message(other)
	for n, sid := range []string{"a", "b"} {
		j.message(inbound(n+2, sid))
		j.webhook(sid, Webhook{Status: 200})
	}
	j.message(outbound(5, "r"))
	j.message(outbound(9, "s"))
	var waits []float64
	for _, b := range j.list("") {
		waits = append(waits, b.AnsweredMS)
	}
	require.Equal(t, []float64{0, 3000, 2000, 0, 0}, waits)
}

func TestJournalStatus(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.message(outbound(1, "a"))
	for twilio, want := range map[string]Status{
		"accepted": StatusQueued, "queued": StatusQueued, "sending": StatusQueued, "sent": StatusSent, "delivered": StatusDelivered,
		"read": StatusRead, "failed": StatusFailed, "undelivered": StatusFailed, "canceled": StatusFailed,
	} {
		m := outbound(1, "a")
		m.Status = twilio
		j.status(m)
		require.Equal(t, want, j.list(ana)[0].Status, twilio)
	}
	j.status(outbound(2, "unknown"))
	j.message(inbound(3, "mine"))
	j.status(inbound(3, "mine"))
	require.Len(t, j.list(""), 2)
}

// A page that does not read must not hold up the others.
func TestJournalCutsOffTheSlow(t *testing.T) {
	t.Parallel()
	j := newJournal()
	_, slow := j.follow("")
	_, aside := j.follow(ben)
	for n := range backlog + 1 {
		j.message(outbound(n, "m"+noon.Add(time.Duration(n)).String()))
	}
	heard := 0
	for range slow.changes {
		heard++
	}
	require.Equal(t, backlog, heard, "and then it was closed")
	require.Empty(t, aside.changes)
	require.Len(t, j.readers, 1)
	j.leave(slow)
	j.leave(aside)
	require.Empty(t, j.readers)
}

func TestPerson(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		person               Person
		tag, about, initials string
	}{
		{Person{Name: "Ana Maria Silva", Persona: app.PersonaHub, Role: app.RoleAdmin, Language: "en"}, "hub", "admin · looks at all places at once", "AM"},
		{Person{Name: "Élodie", Persona: app.PersonaSpring, Role: app.RoleViewer, Language: "es"}, "spring · es", "viewer · is learning, and wants things explained", "É"},
		{Person{Name: "+15550001111"}, "not registered", "writes from a number that the company does not know", "?"},
	} {
		require.Equal(t, tc.tag, tc.person.Tag())
		require.Equal(t, tc.about, tc.person.About())
		require.Equal(t, tc.initials, tc.person.Initials())
	}
	for _, p := range app.Personas {
		require.NotEmpty(t, Person{Persona: p, Role: app.RoleViewer}.Wish(), p)
	}
}

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"": "", "+": "", " ": "", "+447700900001": ana, "447700900001": ana, " 447700900001": ana, "+44 7700 900 001": ana,
	} {
		require.Equal(t, want, phoneNumber(s), s)
	}
}
