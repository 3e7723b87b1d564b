package twiliotest

import (
	"context"
	"maps"
	"slices"
	"sync"
)

type eventKind int

const (
	kindMessage eventKind = iota
	kindStatus
)

type event struct {
	kind    eventKind
	message Message
}

// events passes changes on to subscribers in the order in which they happened,
// from one goroutine that exists only while somebody listens.
type events struct {
	mu          sync.Mutex
	wake        *sync.Cond
	queue       []event
	subscribers map[int]subscriber
	nextID      int
	running     bool
	closed      bool
	done        sync.WaitGroup
}

type subscriber struct {
	kind eventKind
	call func(Message)
}

func (e *events) init() {
	e.wake = sync.NewCond(&e.mu)
	e.subscribers = make(map[int]subscriber)
}

func (e *events) push(ev event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.subscribers) == 0 || e.closed {
		return
	}
	e.queue = append(e.queue, ev)
	e.wake.Signal()
}

func (e *events) subscribe(s subscriber) (cancel func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return func() {}
	}
	id := e.nextID
	e.nextID++
	e.subscribers[id] = s
	if !e.running {
		e.running = true
		e.done.Go(e.run)
	}
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.subscribers, id)
	}
}

func (e *events) run() {
	for {
		e.mu.Lock()
		for len(e.queue) == 0 && !e.closed {
			e.wake.Wait()
		}
		if len(e.queue) == 0 {
			e.mu.Unlock()
			return
		}
		ev := e.queue[0]
		e.queue = e.queue[1:]
		ids := slices.Sorted(maps.Keys(e.subscribers))
		calls := make([]func(Message), 0, len(ids))
		for _, id := range ids {
			if s := e.subscribers[id]; s.kind == ev.kind {
				calls = append(calls, s.call)
			}
		}
		e.mu.Unlock()
		for _, call := range calls {
			call(ev.message)
		}
	}
}

// close lets the subscribers hear what has happened so far and ends.
func (e *events) close() {
	e.mu.Lock()
	e.closed = true
	e.wake.Broadcast()
	e.mu.Unlock()
	e.done.Wait()
}

// OnMessage calls a function for each message that the fake takes down from
// now on, outbound and inbound, in order and one at a time; cancel ends it. A
// call must not block for long and must not call Close.
func (f *Fake) OnMessage(call func(Message)) (cancel func()) {
	return f.events.subscribe(subscriber{kindMessage, call})
}

// OnStatus calls a function for each change of a message's status from now on,
// under the same rules as OnMessage.
func (f *Fake) OnStatus(call func(Message)) (cancel func()) {
	return f.events.subscribe(subscriber{kindStatus, call})
}

// Await waits for a message that a function accepts, among those on record and
// those to come; a change of status counts. The function must be quick and must
// not call the fake.
func (f *Fake) Await(ctx context.Context, match func(Message) bool) (Message, error) {
	found := make(chan Message, 1)
	cancel, ok := f.watch(func(m Message) {
		if match(m) {
			select {
			case found <- m:
			default: // the first one is enough
			}
		}
	})
	if !ok {
		return Message{}, errClosed
	}
	defer cancel()
	select {
	case m := <-found:
		return m, nil
	case <-ctx.Done():
		return Message{}, ctx.Err()
	case <-f.ctx.Done():
		return Message{}, errClosed
	}
}

// AwaitCount waits until the fake has accepted n messages, inbound ones not
// counted.
func (f *Fake) AwaitCount(ctx context.Context, n int) error {
	reached := make(chan struct{}, 1)
	cancel, ok := f.watch(func(Message) {
		// tell holds mu, and so does the first look over the records.
		if f.stats.Accepted >= n {
			select {
			case reached <- struct{}{}:
			default:
			}
		}
	})
	if !ok {
		return errClosed
	}
	defer cancel()
	if f.Stats().Accepted >= n {
		return nil
	}
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-f.ctx.Done():
		return errClosed
	}
}

// watch shows a function every message on record and, until cancelled, every
// change. It runs under mu.
func (f *Fake) watch(see func(Message)) (cancel func(), ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false
	}
	for _, m := range f.records {
		see(m.clone())
	}
	id := f.nextID
	f.nextID++
	f.watchers[id] = see
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, id)
	}, true
}
