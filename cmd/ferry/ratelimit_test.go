package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/sql/pgtest"
)

// The limit holds for a person, not for a process: two of them share 25
// messages, each of which comes twice, at once.
func TestRateLimitOverTwoProcesses(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	public, second := freeAddr(t), freeAddr(t)
	bin := binary(t, "")
	s.env = append(s.env, "RATE_LIMIT_PER_MINUTE=10")
	s.start(bin, "web", public)
	s.start(bin, "web", second, "PUBLIC_URL=http://"+public+",http://"+second)
	s.start(bin, "worker", public)
	const messages, limit, others = 25, 10, 2
	// Somebody else, who is not held up later either. From here on both
	// processes know the company, and no message waits for that.
	s.say(public, 2, fmt.Sprintf("SM%032x", messages), "stock DRL-18")
	s.say(second, 2, fmt.Sprintf("SM%032x", messages+1), "stock DRL-18")
	var copies sync.WaitGroup
	for i := range messages {
		for _, addr := range []string{public, second} {
			copies.Go(func() { s.say(addr, 1, fmt.Sprintf("SM%032x", i), "stock DRL-18") })
		}
		if i%2 == 0 { // two messages at a time
			copies.Wait()
		}
	}
	copies.Wait()
	s.await(limit+others, answered)
	s.await(limit+others, `SELECT count(*) FROM agent_execution_queue WHERE status = 'completed'`)
	s.await(messages-limit, `SELECT count(*) FROM whatsapp_conversations WHERE state = 'refused' AND failure = 'rate limit'`)
	s.await(limit+others+1, `SELECT count(*) FROM reply_parts WHERE accepted_at IS NOT NULL`)
	s.await(0, `SELECT count(*) FROM river_job WHERE kind IN ('execute', 'send') AND state <> 'completed'`)
	notices := 0
	for _, m := range s.fake.Messages() {
		if !m.Inbound && strings.Contains(m.Body, "more messages than I can take") {
			require.Equal(t, string(address(1)), m.To)
			notices++
		}
	}
	require.Equal(t, 1, notices)
}
