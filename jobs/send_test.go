package jobs_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/agent"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
	"ferry/jobs"
)

// script plays behaviours one after the other, then good days.
func script(steps ...twiliotest.Behaviour) twiliotest.Decide {
	return func(n int, _ url.Values) twiliotest.Behaviour {
		if n <= len(steps) {
			return steps[n-1]
		}
		return twiliotest.Behaviour{}
	}
}

// Whatever the network or Twilio do to the first request, the person gets the
// answer, and gets it once.
func TestAnswerArrivesOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		steps   []twiliotest.Behaviour
		creates int
	}{
		{"a good day", nil, 1},
		{"taken, answer lost", []twiliotest.Behaviour{{Lose: true}}, 1},
		{"taken, answer is a 500", []twiliotest.Behaviour{{Status: 500, Accept: true}}, 1},
		{"taken, answer is garbage", []twiliotest.Behaviour{{Raw: "<html>"}}, 1},
		{"reset before it was taken", []twiliotest.Behaviour{{Reset: true}}, 2},
		{"not taken, 503", []twiliotest.Behaviour{{Status: 503, Raw: "<html>"}}, 2},
		{"too many requests", []twiliotest.Behaviour{{Status: 429, RetryAfter: time.Second}, {Status: 429}}, 3},
		{"credentials mended later", []twiliotest.Behaviour{{Status: 401}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.fake.SetDecide(script(tt.steps...))
			in := w.inbox(t, jobs.InboxOptions{})
			w.work(t, nil)
			w.accept(t, in, w.text(ann, "help"))
			require.Eventually(t, func() bool {
				return one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered' AND response_sent`) == 1
			}, 40*time.Second, 20*time.Millisecond)
			require.Len(t, w.replies(ann), 1)
			require.Equal(t, tt.creates, w.fake.Stats().Creates)
			require.Equal(t, w.fake.Messages()[0].SID, one[string](t, w, `SELECT twilio_sid FROM reply_parts`))
		})
	}
}

func TestRefusalForGoodIsRecorded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		code int
		out  bool
	}{
		{"the address is not valid", 21211, false},
		{"the person opted out", 21610, true},
		{"our request is wrong", 21617, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.fake.SetDecide(func(int, url.Values) twiliotest.Behaviour {
				return twiliotest.Behaviour{Status: http.StatusBadRequest, Code: tt.code}
			})
			in := w.inbox(t, jobs.InboxOptions{})
			w.work(t, nil)
			w.accept(t, in, w.text(ann, "help"))
			await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'failed' AND failure <> '' AND NOT response_sent`)
			require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM reply_parts WHERE status = 'failed' AND error_code = $1 AND finished_at IS NOT NULL`, tt.code))
			require.Equal(t, tt.out, one[bool](t, w, `SELECT opted_out_at IS NOT NULL FROM contacts`))
			require.Equal(t, 1, w.fake.Stats().Creates)
			require.NotContains(t, one[string](t, w, `SELECT error FROM reply_parts`), "4477009", "no number in an error")
		})
	}
}

// long is an agent whose answer needs three parts.
func long(context.Context, agent.Request) (app.Result, error) {
	r := app.PlaceUnknown{Asked: "nowhere"}
	for range 30 {
		r.Places = append(r.Places, strings.Repeat("x", 59)+" "+strings.Repeat("y", 59))
	}
	return r, nil
}

func TestPartsLeaveInOrderAndResumeAtTheOneThatFailed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.fake.SetDecide(script(twiliotest.Behaviour{}, twiliotest.Behaviour{Status: 429}, twiliotest.Behaviour{Lose: true}))
	in := w.inbox(t, jobs.InboxOptions{})
	w.work(t, stub(long))
	w.accept(t, in, w.text(ann, "stock COF-001"))
	require.Eventually(t, func() bool {
		return one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`) == 1
	}, 40*time.Second, 20*time.Millisecond)
	parts := one[int](t, w, `SELECT count(*) FROM reply_parts WHERE status = 'accepted'`)
	require.Greater(t, parts, 1)
	require.Equal(t, one[[]string](t, w, `SELECT array_agg(body ORDER BY part) FROM reply_parts`), w.replies(ann))
}

func TestPartThatFailsEndsTheReply(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.fake.SetDecide(script(twiliotest.Behaviour{}, twiliotest.Behaviour{Status: 400, Code: 63024}))
	in := w.inbox(t, jobs.InboxOptions{})
	w.work(t, stub(long))
	w.accept(t, in, w.text(ann, "stock COF-001"))
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'failed'`)
	require.Len(t, w.replies(ann), 1)
}

// While Twilio's list cannot be read nothing is sent again.
func TestNothingIsResentWhileTheListIsAway(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.fake.SetDecide(script(twiliotest.Behaviour{Lose: true}))
	in := w.inbox(t, jobs.InboxOptions{})
	w.work(t, nil, func(c *jobs.WorkersConfig) {
		// A sender whose requests to make messages arrive and whose lists do not.
		c.Sender = twilio.NewSender(twilio.SenderConfig{
			APIURL: listless(t, w.fake), AccountSID: w.fake.AccountSID(), AuthToken: w.fake.AuthToken(), From: w.fake.Number(),
		})
		t.Cleanup(c.Sender.Close)
	})
	w.accept(t, in, w.text(ann, "help"))
	await(t, w, 1, `SELECT count(*) FROM reply_parts WHERE status = 'uncertain'`)
	await(t, w, 1, `SELECT count(*) FROM river_job WHERE kind = 'send' AND (metadata->>'snoozes')::int >= 2`)
	_, err := w.db.Exec(context.Background(), `UPDATE reply_parts SET deadline = now()`)
	require.NoError(t, err)
	_, err = w.db.Exec(context.Background(), `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE kind = 'send' AND state IN ('scheduled', 'available')`)
	require.NoError(t, err)
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'failed' AND failure = 'deadline passed while uncertain'`)
	require.Equal(t, 1, w.fake.Stats().Creates)
}

func TestCallbacksOnlyRaiseAStatus(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	w.accept(t, in, w.text(ann, "help"))
	id := one[uuid.UUID](t, w, `SELECT id FROM reply_parts`)
	updates := jobs.NewStatusUpdates(w.process(t))
	t.Cleanup(updates.Close)
	apply := func(status string, code int) {
		require.NoError(t, updates.Apply(within(t, 10*time.Second), twilio.Status{
			PartID: id.String(), MessageSID: "SM00000000000000000000000000000001", Status: status, ErrorCode: code,
		}))
	}
	status := func() string { return one[string](t, w, `SELECT status FROM reply_parts`) }
	apply("delivered", 0) // before our own 201
	require.Equal(t, "delivered", status())
	for _, late := range []string{"queued", "sent", "sending", "failed", "delivered", "a new word"} {
		apply(late, 0)
		require.Equal(t, "delivered", status(), late)
	}
	apply("read", 0)
	require.Equal(t, "read", status())
	require.Equal(t, "SM00000000000000000000000000000001", one[string](t, w, `SELECT twilio_sid FROM reply_parts`))

	require.NoError(t, updates.Apply(within(t, time.Second), twilio.Status{PartID: uuid.NewString(), Status: "sent"}), "not ours: ignored")
	require.NoError(t, updates.Apply(within(t, time.Second), twilio.Status{Status: "sent"}), "no part named: ignored")

	// The send job finds the part on its way and sends nothing.
	w.work(t, nil)
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Empty(t, w.replies(ann))
}

func TestLateFailureIsRecorded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	w.work(t, nil)
	w.accept(t, in, w.text(ann, "help"))
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	updates := jobs.NewStatusUpdates(w.process(t))
	t.Cleanup(updates.Close)
	require.NoError(t, updates.Apply(within(t, 10*time.Second), twilio.Status{
		PartID: one[uuid.UUID](t, w, `SELECT id FROM reply_parts`).String(), MessageSID: w.fake.Messages()[0].SID, Status: "undelivered", ErrorCode: 63016,
	}))
	require.Equal(t, "undelivered by Twilio, code 63016", one[string](t, w, `SELECT failure FROM whatsapp_conversations WHERE state = 'failed'`))
}

// listless forwards to the fake, except that it answers no list.
func listless(t *testing.T, fake *twiliotest.Fake) string {
	t.Helper()
	return serveHTTP(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.Error(rw, "away", http.StatusServiceUnavailable)
			return
		}
		fake.ServeHTTP(rw, r)
	}))
}
