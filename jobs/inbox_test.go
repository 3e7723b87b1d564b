package jobs_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/jobs"
	"ferry/sql/pgtest"
)

func TestAcceptStoresMessageRunAndJobTogether(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{RateLimit: 10})
	m := w.text(ann, "how many decaf in Leeds?")
	m.RawBody, m.Details = []byte("how many decaf\x00 in Leeds?"), map[string]string{"ButtonText": "x"}
	r := w.accept(t, in, m)

	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations
		WHERE id = $1 AND message_sid = $2 AND phone_number = '+447700900001' AND message_body = $3 AND intent_type = 'check_inventory'
		  AND intent_confidence > 0.5 AND entities->>'location' = 'Leeds' AND execution_id = $4 AND NOT response_sent AND state = 'open'
		  AND user_id IS NOT NULL AND raw_body IS NOT NULL AND details->>'ButtonText' = 'x'`, r.ConversationID, m.SID, m.Body, r.ExecutionID))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue e JOIN agents a ON a.id = e.agent_id
		WHERE e.id = $1 AND e.status = 'pending' AND e.priority = 8 AND a.type = 'inventory_monitor' AND e.context->>'source' = 'whatsapp'
		  AND e.conversation_id = $2`, r.ExecutionID, r.ConversationID))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM river_job
		WHERE kind = 'execute' AND queue = 'interactive' AND priority = 3 AND args = jsonb_build_object('execution_id', $1::text)`, r.ExecutionID.String()))
}

func TestAnswerWithoutAgentIsPlannedAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	tests := []struct {
		name, text, want string
		from             app.Address
	}{
		{"help", "help", "stock", ann},
		{"nonsense", "qwertz uiop", "didn't understand", ann},
		{"nonsense, streamliner", "qwertz uiop", "Unknown command", ben},
		{"unknown product", "stock flux capacitor", "couldn't find a product", ann},
		{"unknown place", "how many decaf in Paris?", "couldn't find a place", ann},
		{"missing product", "check stock", "Which product", ann},
		{"not built yet", "order 80 decaf", "", ann},
	}
	for _, tt := range tests {
		r := w.accept(t, in, w.text(tt.from, tt.text))
		require.Contains(t, one[string](t, w, `SELECT body FROM reply_parts WHERE conversation_id = $1 AND status = 'planned'`, r.ConversationID), tt.want, tt.name)
		require.Equal(t, 0, one[int](t, w, `SELECT count(*) FROM agent_execution_queue WHERE conversation_id = $1`, r.ConversationID), tt.name)
	}
	require.Equal(t, len(tests), one[int](t, w, `SELECT count(*) FROM river_job WHERE kind = 'send'`))
}

func TestSameSIDFiftyTimesAtOnceOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inboxes := []*jobs.Inbox{w.inbox(t, jobs.InboxOptions{}), w.inbox(t, jobs.InboxOptions{})}
	m := w.text(ann, "stock COF-001")
	receipts := make([]app.Receipt, 50)
	var posts sync.WaitGroup
	for i := range receipts {
		posts.Go(func() {
			var err error
			receipts[i], err = inboxes[i%2].Accept(within(t, 12*time.Second), m)
			require.NoError(t, err)
		})
	}
	posts.Wait()
	fresh := 0
	for _, r := range receipts {
		require.Equal(t, receipts[0].ExecutionID, r.ExecutionID)
		require.Equal(t, receipts[0].ConversationID, r.ConversationID)
		if !r.Duplicate {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations`))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue`))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM river_job`))
}

func TestSIDStaysKnownAfterItsRowIsDeleted(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	m := w.text(ann, "stock COF-001")
	w.accept(t, in, m)
	_, err := w.db.Exec(context.Background(), `DELETE FROM whatsapp_conversations`)
	require.NoError(t, err)
	require.True(t, w.accept(t, in, m).Duplicate)
	require.Equal(t, 0, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations`))
}

func TestRateLimitIsExactOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const limit, sent = 10, 30
	inboxes := []*jobs.Inbox{w.inbox(t, jobs.InboxOptions{RateLimit: limit}), w.inbox(t, jobs.InboxOptions{RateLimit: limit})}
	var posts sync.WaitGroup
	for i := range sent {
		m := w.text(ann, "stock COF-001")
		posts.Go(func() {
			_, err := inboxes[i%2].Accept(within(t, 12*time.Second), m)
			require.NoError(t, err)
		})
	}
	posts.Wait()
	require.Equal(t, limit, one[int](t, w, `SELECT count(*) FROM agent_execution_queue`))
	require.Equal(t, sent-limit, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'refused' AND failure = 'rate limit'`))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM reply_parts WHERE purpose = 'notice'`), "one polite notice a window")

	// The window slides: a minute after the first, one more may pass.
	_, err := w.db.Exec(context.Background(), `UPDATE contacts SET recent_inbound[1] = now() - interval '61 seconds'`)
	require.NoError(t, err)
	require.False(t, w.accept(t, inboxes[0], w.text(ann, "stock COF-001")).RateLimited)
	require.True(t, w.accept(t, inboxes[1], w.text(ann, "stock COF-001")).RateLimited)
	require.False(t, w.accept(t, inboxes[1], w.text(ben, "stock COF-001")).RateLimited, "the limit is a person's own")
}

func TestUnknownSenderIsToldOnceADay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	for range 3 {
		require.True(t, w.accept(t, in, w.text(stranger, "stock COF-001")).Refused)
	}
	require.Equal(t, 3, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'refused' AND user_id IS NULL AND company_id IS NULL`))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM reply_parts`))
	require.NotContains(t, one[string](t, w, `SELECT body FROM reply_parts`), "Shop", "a stranger learns nothing")
	_, err := w.db.Exec(context.Background(), `UPDATE contacts SET noticed_at = now() - interval '25 hours'`)
	require.NoError(t, err)
	w.accept(t, in, w.text(stranger, "hello?"))
	require.Equal(t, 2, one[int](t, w, `SELECT count(*) FROM reply_parts`))
}

// Twilio may name a person by number, by user id, or by both, in any order, and
// a user id may move to another number. The number's owner is served whenever a
// number is there or was; nobody is ever locked out.
func TestPersonIsFoundByNumberAndByUserID(t *testing.T) {
	t.Parallel()
	const u = app.Address("whatsapp:GB.13491208655302741918")
	type message struct {
		from, userID app.Address
		refused      bool
	}
	tests := []struct {
		name     string
		messages []message
	}{
		{"number, both, hidden", []message{{ann, "", false}, {ann, u, false}, {u, u, false}}},
		{"both, hidden, number", []message{{ann, u, false}, {u, u, false}, {ann, "", false}}},
		{"hidden, both, hidden", []message{{u, u, true}, {ann, u, false}, {u, u, false}}},
		{"hidden, number, both", []message{{u, "", true}, {ann, "", false}, {ann, u, false}, {u, u, false}}},
		{"the id moves to another number", []message{{ann, u, false}, {ben, u, false}, {ann, u, false}, {ben, "", false}, {u, u, false}}},
		{"a stranger claims an id", []message{{ann, u, false}, {stranger, u, true}, {ann, u, false}, {u, u, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			in := w.inbox(t, jobs.InboxOptions{})
			for i, m := range tt.messages {
				sent := w.text(m.from, "stock COF-001")
				sent.UserID = m.userID
				require.Equal(t, m.refused, w.accept(t, in, sent).Refused, "message %d", i)
				require.Equal(t, string(m.from), one[string](t, w, `SELECT c.reply_to FROM contacts c
					JOIN whatsapp_conversations v ON v.contact_id = c.id WHERE v.message_sid = $1`, sent.SID), "answered where it came from")
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		in := w.inbox(t, jobs.InboxOptions{Shards: 1})
		var posts sync.WaitGroup
		for i := range 30 {
			m := w.text([]app.Address{ann, u, ben}[i%3], "help")
			m.UserID = u
			posts.Go(func() {
				_, err := in.Accept(within(t, 12*time.Second), m)
				require.NoError(t, err)
			})
		}
		posts.Wait()
		require.Equal(t, 30, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations`))
	})
	t.Run("without a number", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		in := w.inbox(t, jobs.InboxOptions{})
		w.accept(t, in, w.text(u, "stock COF-001"))
		require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE phone_number IS NULL`))
	})
}

func TestOnePersonsLockHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	w := setup(t)
	// One shard, so that both people's messages meet in one batch.
	in := w.inbox(t, jobs.InboxOptions{Shards: 1})
	w.accept(t, in, w.text(ann, "help"))
	ctx := context.Background()
	tx, err := w.db.Begin(ctx)
	require.NoError(t, err)
	defer tx.Rollback(ctx) //nolint:errcheck // committed below
	// A writer, not only a lock: an insert of the same address would wait for it.
	_, err = tx.Exec(ctx, `UPDATE contacts SET profile_name = 'x' WHERE address = $1`, ann)
	require.NoError(t, err)

	var waiting sync.WaitGroup
	for _, body := range []string{"stock COF-001", "alerts", "help"} {
		m := w.text(ann, body)
		waiting.Go(func() {
			_, err := in.Accept(within(t, 12*time.Second), m)
			require.NoError(t, err)
		})
		// Held up, not lost; and the others come behind it.
		require.Eventually(t, func() bool { return !w.accept(t, in, w.text(ben, "help")).Duplicate }, 5*time.Second, time.Millisecond)
	}
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.address = $1`, ann))
	require.NoError(t, tx.Commit(ctx))
	waiting.Wait()
	require.Equal(t, []string{"help", "stock COF-001", "alerts", "help"}, one[[]string](t, w,
		`SELECT array_agg(message_body ORDER BY seq) FROM whatsapp_conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.address = $1`, ann))
}

func TestFirstMessageAfterAnImportIsAnsweredFromIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	r := w.accept(t, in, w.text(ann, "stock TEA-9"))
	require.Contains(t, one[string](t, w, `SELECT body FROM reply_parts WHERE conversation_id = $1`, r.ConversationID), "couldn't find")
	_, err := w.db.Exec(context.Background(), `
		INSERT INTO products (company_id, sku, name) SELECT id, 'TEA-9', 'Assam' FROM companies;
		UPDATE companies SET catalogue_version = catalogue_version + 1`)
	require.NoError(t, err)
	r = w.accept(t, in, w.text(ann, "stock TEA-9"))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue WHERE id = $1`, r.ExecutionID))
}

func TestMessageThatCannotBeStoredHurtsOnlyItself(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{Shards: 1})
	var posts sync.WaitGroup
	for i := range 20 {
		m := w.text(ann, "help")
		if i == 7 {
			m.Body = "help\x00" // Postgres refuses it; the door cleans it away
		}
		posts.Go(func() {
			r, err := in.Accept(within(t, 12*time.Second), m)
			require.NoError(t, err)
			require.Equal(t, i == 7, r.Refused)
		})
	}
	posts.Wait()
	require.Equal(t, 19, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'open'`))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations
		WHERE state = 'refused' AND failure = 'could not be stored' AND raw_body = '\x68656c7000' AND message_body IS NULL`))
}

func TestAcceptOutlivesACrashOfPostgres(t *testing.T) {
	t.Parallel()
	server, url := pgtest.Durable(t)
	w := setupOn(t, url)
	in := w.inbox(t, jobs.InboxOptions{})
	w.accept(t, in, w.text(ann, "help"))
	var posts sync.WaitGroup
	accepted := make(chan uuid.UUID, 200)
	for range 4 {
		posts.Go(func() {
			for range 50 {
				r, err := in.Accept(within(t, 12*time.Second), w.text(ann, "help"))
				require.NoError(t, err, "an acknowledgement within Twilio's patience")
				accepted <- r.ConversationID
			}
		})
	}
	<-accepted
	require.NoError(t, server.Kill())
	require.NoError(t, server.Restart(within(t, 10*time.Second)))
	posts.Wait()
	close(accepted)
	w.db.Reset() // the test's own connections died with the server
	for id := range accepted {
		require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM whatsapp_conversations v JOIN reply_parts r ON r.conversation_id = v.id WHERE v.id = $1`, id))
	}
}
