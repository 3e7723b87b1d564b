// Package gather turns many small calls into few big ones. Callers hand one
// item each and wait; one goroutine takes all that wait, without lingering,
// hands them to a flush function as one batch, and gives each caller its own
// outcome. It is how ferry's stages share one transaction, and how its workers
// share one query: on two cores the pipeline answers about four times the
// messages that one transaction a message would (docs/benchmarks.md).
package gather

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// ErrClosed is returned by Do after Close.
var ErrClosed = errors.New("gather: group is closed")

// Outcome is what a flush says about one item.
type Outcome[Out any] struct {
	Value Out
	Err   error
	// Carry puts the item at the head of the next batch, before anything
	// newer, because something it needs is held elsewhere for a moment.
	Carry bool
}

// Flush handles one batch and returns one outcome for each item, in order. An
// error speaks for the whole batch and means that none of it was done.
type Flush[In, Out any] func(ctx context.Context, items []In) ([]Outcome[Out], error)

// Options tune a Group; the zero value is usable.
type Options struct {
	// Max bounds a batch; 0 means 128. Larger batches gain little and hold
	// locks longer.
	Max int
	// Retryable says that a failed batch may work a moment later (the database
	// restarts). Such a batch is kept and tried again until its callers'
	// contexts end. nil: never.
	Retryable func(error) bool
	// Observe is told the size and duration of each flush.
	Observe func(n int, took time.Duration)
}

const (
	defaultMax = 128
	minPause   = 2 * time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// Group gathers calls of Do into batches. Make it with New or NewCarrying.
type Group[In, Out any] struct {
	flush   Flush[In, Out]
	opts    Options
	calls   chan *call[In, Out]
	closing chan struct{}
	done    chan struct{}
	once    sync.Once
}

type call[In, Out any] struct {
	ctx  context.Context //nolint:containedctx // the waiter's patience travels with its item
	item In
	out  chan Outcome[Out]
}

// New starts a group whose flush succeeds or fails as a whole.
func New[In, Out any](flush func(ctx context.Context, items []In) ([]Out, error), opts Options) *Group[In, Out] {
	return NewCarrying(func(ctx context.Context, items []In) ([]Outcome[Out], error) {
		values, err := flush(ctx, items)
		if err != nil {
			return nil, err
		}
		outcomes := make([]Outcome[Out], len(values))
		for i := range values {
			outcomes[i].Value = values[i]
		}
		return outcomes, nil
	}, opts)
}

// NewCarrying starts a group whose flush decides item by item.
func NewCarrying[In, Out any](flush Flush[In, Out], opts Options) *Group[In, Out] {
	if opts.Max <= 0 {
		opts.Max = defaultMax
	}
	g := &Group[In, Out]{
		flush:   flush,
		opts:    opts,
		calls:   make(chan *call[In, Out], opts.Max),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	go g.run()
	return g
}

// Do hands one item over and waits for its outcome. When ctx ends first, Do
// returns its error while the item may still be done: whoever must know looks
// it up by the item's own key.
func (g *Group[In, Out]) Do(ctx context.Context, item In) (Out, error) {
	var none Out
	c := &call[In, Out]{ctx: ctx, item: item, out: make(chan Outcome[Out], 1)}
	select {
	case <-g.closing:
		return none, ErrClosed
	default:
	}
	select {
	case g.calls <- c:
	case <-g.closing:
		return none, ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
	}
	select {
	case o := <-c.out:
		return o.Value, o.Err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-g.done:
		// The loop may have answered just before it ended.
		select {
		case o := <-c.out:
			return o.Value, o.Err
		default:
			return none, ErrClosed
		}
	}
}

// Close takes no new items, finishes those that wait, and returns when the
// last batch is done.
func (g *Group[In, Out]) Close() {
	g.once.Do(func() { close(g.closing) })
	<-g.done
}

func (g *Group[In, Out]) run() {
	defer close(g.done)
	var (
		carried []*call[In, Out] // at the head of the next batch, oldest first
		pause   time.Duration    // grows while nothing moves
	)
	for {
		batch, open := g.next(carried, pause)
		if len(batch) == 0 {
			if !open {
				return
			}
			carried = nil
			continue
		}
		carried = g.settle(batch)
		if pause >= maxPause && g.isClosing() {
			// Nothing moves and nobody new comes: who still waits must not be
			// waited for.
			answer(carried, ErrClosed)
			carried = nil
		}
		switch {
		case len(carried) < len(batch):
			pause = 0
		case pause == 0:
			pause = minPause
		default:
			pause = min(2*pause, maxPause)
		}
	}
}

func (g *Group[In, Out]) isClosing() bool {
	select {
	case <-g.closing:
		return true
	default:
		return false
	}
}

func answer[In, Out any](calls []*call[In, Out], err error) {
	for _, c := range calls {
		c.out <- Outcome[Out]{Err: err}
	}
}

// next waits for work and returns a batch: what was carried, then everything
// that waits. With a pause it lets that long pass first, or until something
// new arrives. open is false when the group closes and nothing is left.
func (g *Group[In, Out]) next(carried []*call[In, Out], pause time.Duration) (batch []*call[In, Out], open bool) {
	for _, c := range carried {
		if c.ctx.Err() == nil {
			batch = append(batch, c)
		}
	}
	open = true
	switch {
	case len(batch) == 0:
		select {
		case c := <-g.calls:
			batch = append(batch, c)
		case <-g.closing:
			open = false
		}
	case pause > 0:
		timer := time.NewTimer(pause)
		select {
		case c := <-g.calls:
			batch = append(batch, c)
		case <-timer.C:
		}
		timer.Stop()
	}
	// What is carried must not shut the rest out: at least half a batch is new.
	for most := max(g.opts.Max, len(batch)+g.opts.Max/2); len(batch) < most; {
		select {
		case c := <-g.calls:
			batch = append(batch, c)
		default:
			return batch, open
		}
	}
	return batch, open
}

// settle flushes a batch, answers the callers whose items are decided, and
// returns the calls to carry over. A batch that fails is tried again item by
// item, so that a bad item hurts only itself; in that pass, what comes after an
// item that has to wait waits too, so that nothing overtakes.
func (g *Group[In, Out]) settle(batch []*call[In, Out]) (carried []*call[In, Out]) {
	outcomes, err := g.try(batch)
	switch {
	case err == nil:
		for i, c := range batch {
			if outcomes[i].Carry {
				carried = append(carried, c)
				continue
			}
			c.out <- outcomes[i]
		}
	case g.opts.Retryable != nil && g.opts.Retryable(err):
		return batch
	case len(batch) == 1:
		batch[0].out <- Outcome[Out]{Err: err}
	default:
		for i, c := range batch {
			if c.ctx.Err() != nil {
				continue
			}
			if carried = g.settle(batch[i : i+1]); len(carried) > 0 {
				return append(carried, batch[i+1:]...)
			}
		}
	}
	return carried
}

func (g *Group[In, Out]) try(batch []*call[In, Out]) ([]Outcome[Out], error) {
	items := make([]In, len(batch))
	for i, c := range batch {
		items[i] = c.item
	}
	start := time.Now()
	outcomes, err := g.safely(items)
	if g.opts.Observe != nil {
		g.opts.Observe(len(batch), time.Since(start))
	}
	if err == nil && len(outcomes) != len(batch) {
		err = errors.New("gather: flush returned another number of outcomes than items")
	}
	return outcomes, err
}

// safely flushes; a panic is the batch's error, and so, item by item, that of
// the item which causes it.
func (g *Group[In, Out]) safely(items []In) (outcomes []Outcome[Out], err error) {
	defer func() {
		if p := recover(); p != nil {
			// Its type only: a panic's value may hold what a person wrote.
			err = fmt.Errorf("gather: flush panicked: %T\n%s", p, debug.Stack())
		}
	}()
	// Not a caller's context: one that is gone must not undo the others' work.
	return g.flush(context.Background(), items)
}
