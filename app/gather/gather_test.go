package gather_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app/gather"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBad = errors.New("bad item")

func TestCallersThatWaitShareOneFlush(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}, 8), make(chan struct{})
	var sizes []int
	g := gather.New(func(_ context.Context, items []int) ([]int, error) {
		sizes = append(sizes, len(items))
		entered <- struct{}{}
		<-release
		doubled := make([]int, len(items))
		for i, n := range items {
			doubled[i] = 2 * n
		}
		return doubled, nil
	}, gather.Options{})

	var callers sync.WaitGroup
	ask := func(n int) {
		callers.Go(func() {
			got, err := g.Do(context.Background(), n)
			require.NoError(t, err)
			require.Equal(t, 2*n, got)
		})
	}
	ask(1)
	<-entered // the first batch is being flushed; everything now waits together
	const waiting = 50
	for n := range waiting {
		ask(n)
	}
	require.Eventually(t, func() bool { return gather.Waiting(g) == waiting }, time.Second, time.Millisecond)
	close(release)
	callers.Wait()
	g.Close()
	require.Equal(t, []int{1, waiting}, sizes)
}

func TestBadItemHurtsOnlyItself(t *testing.T) {
	t.Parallel()
	g := gather.New(func(_ context.Context, items []int) ([]int, error) {
		for _, n := range items {
			if n == 13 {
				return nil, errBad
			}
		}
		return items, nil
	}, gather.Options{})
	defer g.Close()

	var callers sync.WaitGroup
	for n := range 40 {
		callers.Go(func() {
			got, err := g.Do(context.Background(), n)
			if n == 13 {
				require.ErrorIs(t, err, errBad)
				return
			}
			require.NoError(t, err)
			require.Equal(t, n, got)
		})
	}
	callers.Wait()
}

func TestCarriedItemsGoFirstInTheNextBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches [][]string
		var held atomic.Bool
		held.Store(true)
		g := gather.NewCarrying(func(_ context.Context, items []string) ([]gather.Outcome[string], error) {
			batches = append(batches, append([]string(nil), items...))
			out := make([]gather.Outcome[string], len(items))
			for i, s := range items {
				out[i] = gather.Outcome[string]{Value: s, Carry: held.Load() && s[0] == 'a'}
			}
			return out, nil
		}, gather.Options{})

		var callers sync.WaitGroup
		ask := func(s string) {
			callers.Go(func() { _, err := g.Do(t.Context(), s); require.NoError(t, err) })
			synctest.Wait()
		}
		ask("a1") // held elsewhere
		ask("b1") // must not wait for a1
		held.Store(false)
		ask("a2")
		callers.Wait()
		g.Close()
		require.Contains(t, batches, []string{"a1", "b1"})
		require.Equal(t, []string{"a1", "a2"}, batches[len(batches)-1])
	})
}

func TestCarryingAloneWaitsInsteadOfSpinning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flushes := 0
		g := gather.NewCarrying(func(_ context.Context, items []int) ([]gather.Outcome[int], error) {
			flushes++
			return []gather.Outcome[int]{{Carry: true}}, nil
		}, gather.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := g.Do(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		g.Close()
		require.Less(t, flushes, 20)
	})
}

func TestRetryableBatchIsKeptUntilItWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		g := gather.New(func(_ context.Context, items []int) ([]int, error) {
			if tries++; tries < 5 {
				return nil, errBad
			}
			return items, nil
		}, gather.Options{Retryable: func(err error) bool { return errors.Is(err, errBad) }})
		got, err := g.Do(t.Context(), 7)
		require.NoError(t, err)
		require.Equal(t, 7, got)
		g.Close()
		require.Equal(t, 5, tries)
	})
}

func TestCallerThatLeftIsDroppedBeforeItsItemIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gather.New(func(context.Context, []int) ([]int, error) { return nil, errBad },
			gather.Options{Retryable: func(error) bool { return true }})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := g.Do(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		g.Close() // returns: nothing is carried for ever
	})
}

func TestCloseFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	g := gather.New(func(_ context.Context, items []int) ([]int, error) {
		entered <- struct{}{}
		<-release
		return items, nil
	}, gather.Options{})
	answered := make(chan error, 1)
	go func() { _, err := g.Do(context.Background(), 1); answered <- err }()
	<-entered
	closed := make(chan struct{})
	go func() { g.Close(); close(closed) }()
	close(release)
	require.NoError(t, <-answered)
	<-closed
	_, err := g.Do(context.Background(), 2)
	require.ErrorIs(t, err, gather.ErrClosed)
}
