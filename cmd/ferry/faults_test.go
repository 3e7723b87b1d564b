package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/fault"
	"ferry/sql/pgtest"
)

// Each test kills a process with SIGKILL between two steps of a message's way,
// starts a new one, and counts: every message answered, none twice.
func TestKillBetweenEveryPairOfSteps(t *testing.T) {
	t.Parallel()
	bin := binary(t, "faults")
	for _, point := range fault.Names {
		for _, nth := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s:%d", point, nth), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, pgtest.DB(t))
				addr := freeAddr(t)
				arm := fmt.Sprintf("FERRY_FAULT=%s:%d", point, nth)
				web, worker := []string{arm}, []string(nil)
				if doomedIsWorker(point) {
					web, worker = nil, []string{arm}
				}
				doomed := s.start(bin, "web", addr, web...)
				if w := s.start(bin, "worker", addr, worker...); worker != nil {
					doomed = w
				}
				sent := s.sayUntil(addr, doomed.ended)
				require.ErrorContains(t, doomed.err, "killed", "the point was not reached")
				role := "web"
				if worker != nil {
					role = "worker"
				}
				s.start(bin, role, addr)
				total := sent()
				s.await(total, answered)
				s.requireAnswered(total)
				s.await(total, `SELECT count(DISTINCT message_sid)::int FROM whatsapp_conversations`)
			})
		}
	}
}

// sayUntil lets six people write, one message after the other, until ended is
// closed and at least three times each. It returns when ended is closed; the
// returned function waits for the messages under way and counts them all.
func (s *site) sayUntil(addr string, ended <-chan struct{}) (sent func() int) {
	const people, least, most = 6, 3, 60
	counts := make([]int, people+1)
	var writing sync.WaitGroup
	for n := 1; n <= people; n++ {
		writing.Go(func() {
			for i := range most {
				select {
				case <-ended:
					if i >= least {
						return
					}
				default:
				}
				s.say(addr, n, fmt.Sprintf("SM%030x%02x", i, n), []string{"stock DRL-18", "alerts", "help"}[i%3])
				counts[n]++
			}
		})
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		s.t.Error("the process did not die: its point was never passed")
	}
	return func() (total int) {
		writing.Wait()
		for _, c := range counts {
			total += c
		}
		return total
	}
}

func doomedIsWorker(p fault.Name) bool {
	return strings.HasPrefix(string(p), "run:") || strings.HasPrefix(string(p), "send:")
}
