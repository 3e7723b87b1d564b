package jobs_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/agent"
	"ferry/jobs"
)

// stub makes a registry in which the inventory agent is f.
func stub(f agent.Func) agent.Registry { return agent.Registry{agent.InventoryMonitor: f} }

func TestMessageIsAnsweredInThePersonsPersona(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{RateLimit: 10})
	w.work(t, nil)
	asked := w.accept(t, in, w.text(ann, "stock COF-001"))
	w.accept(t, in, w.text(ben, "how many decaf in Leeds?"))
	await(t, w, 2, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered' AND response_sent AND closed_at IS NOT NULL`)

	require.Len(t, w.replies(ann), 1)
	require.Contains(t, w.replies(ann)[0], "42")
	require.Len(t, w.replies(ben), 1)
	require.Contains(t, w.replies(ben)[0], "📦 COF-001: 12 units")
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue
		WHERE id = $1 AND status = 'completed' AND started_at >= created_at AND completed_at >= started_at
		  AND (result->>'quantity')::int = 42 AND error IS NULL AND attempt = 1`, asked.ExecutionID))
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue WHERE priority = 10`), "a streamliner goes first")
	require.Equal(t, 2, one[int](t, w, `SELECT count(*) FROM reply_parts WHERE status = 'accepted' AND twilio_sid IS NOT NULL AND accepted_at IS NOT NULL`))
}

func TestAgentThatFailsForAWhileIsRunAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	var runs atomic.Int64
	w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
		if runs.Add(1) < 3 {
			return nil, errors.New("connection refused")
		}
		return app.HelpResult{}, nil
	}))
	r := w.accept(t, in, w.text(ann, "stock COF-001"))
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue WHERE id = $1 AND status = 'completed' AND attempt = 3`, r.ExecutionID))
	require.Len(t, w.replies(ann), 1)
}

func TestFailureEndsInWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fail     func() error
		says     string
		attempts int
	}{
		{"for good", func() error { return app.Errorf(app.NotFound, "product gone") }, "error processing your request", 1},
		{"forbidden", func() error {
			return &app.Error{Kind: app.Forbidden, Reply: app.TextPermission, Err: errors.New("no")}
		}, "permission", 1},
		{"panic", func() error { panic("index out of range") }, "error processing your request", 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			in := w.inbox(t, jobs.InboxOptions{})
			w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) { return nil, tt.fail() }))
			w.accept(t, in, w.text(ann, "stock COF-001"))
			await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
			require.Len(t, w.replies(ann), 1)
			require.Contains(t, w.replies(ann)[0], tt.says)
			require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM agent_execution_queue
				WHERE status = 'failed' AND error <> '' AND attempt = $1 AND completed_at IS NOT NULL`, tt.attempts))
		})
	}
}

// A worker that was paused wakes up after another one took over: its outcome
// must not be stored beside the other's.
func TestOvertakenWorkerStoresNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	var runs atomic.Int64
	entered, release := make(chan struct{}), make(chan struct{})
	w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
		if runs.Add(1) == 1 {
			close(entered)
			<-release
			return app.NotYet{Intent: "slow"}, nil
		}
		return app.HelpResult{}, nil
	}))
	w.accept(t, in, w.text(ann, "stock COF-001"))
	<-entered
	// What the rescue of a dead process does.
	_, err := w.db.Exec(context.Background(), `UPDATE river_job SET state = 'available' WHERE kind = 'execute'`)
	require.NoError(t, err)
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	close(release)
	await(t, w, 0, `SELECT count(*) FROM river_job WHERE kind = 'execute' AND state <> 'completed'`)
	require.Len(t, w.replies(ann), 1)
	require.Equal(t, "2", one[string](t, w, `SELECT attempt::text FROM agent_execution_queue WHERE status = 'completed' AND result = '{}'`))
}

func TestRerunOfAFinishedRunSendsNothingMore(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	w.work(t, nil)
	w.accept(t, in, w.text(ann, "stock COF-001"))
	await(t, w, 2, `SELECT count(*) FROM river_job WHERE kind IN ('execute', 'send') AND state = 'completed'`)
	_, err := w.db.Exec(context.Background(), `UPDATE river_job SET state = 'available', finalized_at = NULL WHERE kind IN ('execute', 'send')`)
	require.NoError(t, err)
	await(t, w, 2, `SELECT count(*) FROM river_job WHERE kind IN ('execute', 'send') AND state = 'completed' AND attempt = 2`)
	require.Len(t, w.replies(ann), 1)
	require.Equal(t, 1, one[int](t, w, `SELECT count(*) FROM reply_parts WHERE attempt = 1`))
}

func TestStopWaitsForRunsAndRepeatsNone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	var runs atomic.Int64
	entered, release := make(chan struct{}, 1), make(chan struct{})
	workers := w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
		runs.Add(1)
		entered <- struct{}{}
		<-release
		return app.HelpResult{}, nil
	}))
	w.accept(t, in, w.text(ann, "stock COF-001"))
	<-entered
	var stopping sync.WaitGroup
	stopping.Go(func() { require.NoError(t, workers.Stop(within(t, 20*time.Second))) })
	close(release)
	stopping.Wait()
	require.Equal(t, "completed", one[string](t, w, `SELECT status FROM agent_execution_queue`))
	require.Equal(t, 0, one[int](t, w, `SELECT count(*) FROM worker_processes`), "a process that stops in order signs off")
	w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) { return nil, errors.New("run again") }))
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Equal(t, int64(1), runs.Load())
	require.Len(t, w.replies(ann), 1)
}

// A late answer to an earlier message holds the next one's back, for three
// seconds at the most.
func TestRepliesLeaveInTheOrderOfTheMessages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	release := make(chan struct{})
	w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
		<-release
		return app.NotYet{Intent: "first"}, nil
	}))
	first := w.accept(t, in, w.text(ann, "stock COF-001"))
	second := w.accept(t, in, w.text(ann, "help")) // needs no agent
	await(t, w, 1, `SELECT count(*) FROM river_job WHERE kind = 'send' AND metadata ? 'snoozes'`)
	close(release)
	await(t, w, 2, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.True(t, one[bool](t, w, `SELECT (SELECT accepted_at FROM reply_parts WHERE conversation_id = $1) < (SELECT accepted_at FROM reply_parts WHERE conversation_id = $2)`,
		first.ConversationID, second.ConversationID))
}

func TestSlowAnswerLetsTheOthersPass(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.inbox(t, jobs.InboxOptions{})
	release := make(chan struct{})
	w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
		<-release
		return app.NotYet{Intent: "first"}, nil
	}))
	w.accept(t, in, w.text(ann, "stock COF-001"))
	start := time.Now()
	w.accept(t, in, w.text(ann, "help"))
	await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
	require.Greater(t, time.Since(start), 2500*time.Millisecond)
	require.Len(t, w.replies(ann), 1)
	close(release)
	await(t, w, 2, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
}

func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		in := w.inbox(t, jobs.InboxOptions{Ack: jobs.AckImmediate})
		release := make(chan struct{})
		w.work(t, stub(func(context.Context, agent.Request) (app.Result, error) {
			<-release
			return app.HelpResult{}, nil
		}))
		w.accept(t, in, w.text(ann, "stock COF-001"))
		await(t, w, 1, `SELECT count(*) FROM reply_parts WHERE purpose = 'acknowledgement' AND status = 'accepted'`)
		require.Equal(t, "open", one[string](t, w, `SELECT state FROM whatsapp_conversations`), "an acknowledgement is no answer")
		close(release)
		await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
		require.Contains(t, w.replies(ann)[0], "Message received")
		require.Len(t, w.replies(ann), 2)
	})
	t.Run("when slow", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		in := w.inbox(t, jobs.InboxOptions{Ack: jobs.AckAuto})
		release := make(chan struct{})
		auto := func(c *jobs.WorkersConfig) { c.Ack, c.AckAfter = jobs.AckAuto, 200*time.Millisecond }
		agents := stub(func(_ context.Context, r agent.Request) (app.Result, error) {
			if r.Profile.Persona == app.PersonaDefault {
				<-release
			}
			return app.HelpResult{}, nil
		})
		w.work(t, agents, auto)
		w.work(t, agents, auto)
		w.accept(t, in, w.text(ann, "stock COF-001"))
		w.accept(t, in, w.text(ben, "stock COF-001"))
		await(t, w, 1, `SELECT count(*) FROM reply_parts WHERE purpose = 'acknowledgement' AND status = 'accepted'`)
		close(release)
		await(t, w, 2, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
		require.Len(t, w.replies(ann), 2)
		require.Len(t, w.replies(ben), 1, "a quick answer is not announced")
	})
	t.Run("never after the answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		// The acknowledgement waits in the queue until the answer is there.
		in := w.inbox(t, jobs.InboxOptions{Ack: jobs.AckImmediate})
		w.accept(t, in, w.text(ann, "stock COF-001"))
		_, err := w.db.Exec(context.Background(), `UPDATE river_job SET scheduled_at = now() + interval '1 hour' WHERE kind = 'send'`)
		require.NoError(t, err)
		w.work(t, nil)
		await(t, w, 1, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered'`)
		_, err = w.db.Exec(context.Background(), `UPDATE river_job SET scheduled_at = now() WHERE state IN ('available', 'scheduled')`)
		require.NoError(t, err)
		await(t, w, 1, `SELECT count(*) FROM reply_parts WHERE purpose = 'acknowledgement' AND status = 'failed'`)
		require.Len(t, w.replies(ann), 1)
		require.Equal(t, "answered", one[string](t, w, `SELECT state FROM whatsapp_conversations`))
	})
}
