package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	benchConns = 64
	pacedFor   = 8 * time.Second
	drainLimit = 2 * time.Minute
)

// warmUp is how many messages each service gets before the clock starts: they
// load the catalogue, open the connections and prepare the statements.
const warmUp = 300

// accept measures the door alone: a web process, no workers.
func (w *benchWorld) accept(ctx context.Context, kind string) (benchAccept, error) {
	if err := w.reset(ctx); err != nil {
		return benchAccept{}, err
	}
	web, err := w.startChild(ctx, "bench", "--child", kind)
	if err != nil {
		return benchAccept{}, err
	}
	defer web.stop()
	p := newPoster(web.base, benchConns)
	defer p.close()
	if _, _, err := p.postAll(ctx, w.messages(warmUp, web.base)); err != nil {
		return benchAccept{}, err
	}
	messages := w.messages(w.options.messages, web.base)
	times, took, err := p.postAll(ctx, messages)
	if err != nil {
		return benchAccept{}, err
	}
	return benchAccept{
		Rate: float64(len(messages)) / took.Seconds(),
		P50:  percentile(times, 50), P99: percentile(times, 99),
	}, nil
}

// startPair starts a web and a worker process.
func (w *benchWorld) startPair(ctx context.Context) (web, worker *child, err error) {
	if web, err = w.startChild(ctx, "serve", "--role", "web"); err != nil {
		return nil, nil, err
	}
	if worker, err = w.startChild(ctx, "serve", "--role", "worker"); err != nil {
		web.stop()
		return nil, nil, err
	}
	return web, worker, nil
}

// flood measures the whole way, as fast as it goes.
func (w *benchWorld) flood(ctx context.Context) (f benchFlood, err error) {
	if err := w.reset(ctx); err != nil {
		return f, err
	}
	web, worker, err := w.startPair(ctx)
	if err != nil {
		return f, err
	}
	defer web.stop()
	defer worker.stop()
	p := newPoster(web.base, benchConns)
	defer p.close()
	if err := w.answered(ctx, p, w.messages(warmUp, web.base)); err != nil {
		return f, err
	}
	messages := w.messages(w.options.messages, web.base)
	want := w.fake.Stats().Accepted + len(messages)
	start := time.Now()
	times, took, err := p.postAll(ctx, messages)
	if err != nil {
		return f, err
	}
	if err := w.awaitAnswers(ctx, want); err != nil {
		return f, err
	}
	f.Answered = float64(len(messages)) / time.Since(start).Seconds()
	f.Accepted = float64(len(messages)) / took.Seconds()
	f.AckP99 = percentile(times, 99)
	f.WebMiB, f.WorkerMiB = web.peakMiB(), worker.peakMiB()
	return f, nil
}

// answered posts messages and waits for the replies.
func (w *benchWorld) answered(ctx context.Context, p *poster, messages []benchMessage) error {
	want := w.fake.Stats().Accepted + len(messages)
	if _, _, err := p.postAll(ctx, messages); err != nil {
		return err
	}
	return w.awaitAnswers(ctx, want)
}

func (w *benchWorld) awaitAnswers(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	if err := w.fake.AwaitCount(ctx, want); err != nil {
		return fmt.Errorf("%w: %d of %d: %w", errNoAnswer, w.fake.Stats().Accepted, want, err)
	}
	return nil
}

// paced measures times at a steady rate: each message is posted at its own
// moment, however long the ones before it take (an open loop).
func (w *benchWorld) paced(ctx context.Context, perSecond int) (r benchPaced, err error) {
	if err := w.reset(ctx); err != nil {
		return r, err
	}
	web, worker, err := w.startPair(ctx)
	if err != nil {
		return r, err
	}
	defer web.stop()
	defer worker.stop()
	p := newPoster(web.base, benchConns)
	defer p.close()
	if err := w.answered(ctx, p, w.messages(warmUp, web.base)); err != nil {
		return r, err
	}
	messages := w.messages(int(pacedFor.Seconds())*perSecond, web.base)
	want := w.fake.Stats().Accepted + len(messages)
	arrived := watchArrivals(w.fake)
	defer arrived.stop()
	starts, acks, err := p.postPaced(ctx, messages, perSecond)
	if err != nil {
		return r, err
	}
	if err := w.awaitAnswers(ctx, want); err != nil {
		return r, err
	}
	replies, err := replyTimes(ctx, messages, starts, arrived)
	if err != nil {
		return r, err
	}
	return benchPaced{
		Sent: len(messages), P50: percentile(replies, 50), P99: percentile(replies, 99), AckP99: percentile(acks, 99),
		ReadyMS: max(web.readyMS, worker.readyMS),
	}, nil
}

// replyTimes pairs each message with its reply. The arrivals are told by a
// goroutine of the fake, which may be a moment behind its count.
func replyTimes(ctx context.Context, messages []benchMessage, starts []time.Time, arrived *arrivals) ([]time.Duration, error) {
	times := make([]time.Duration, len(messages))
	for i, m := range messages {
		for {
			if at, ok := arrived.of(m.from); ok {
				times[i] = at.Sub(starts[i])
				break
			}
			if err := pause(ctx, time.Millisecond); err != nil {
				return nil, errNoAnswer
			}
		}
	}
	return times, nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// postPaced posts the messages at a steady rate.
func (p *poster) postPaced(ctx context.Context, messages []benchMessage, perSecond int) ([]time.Time, []time.Duration, error) {
	var first firstError
	starts := make([]time.Time, len(messages))
	acks := make([]time.Duration, len(messages))
	var posts sync.WaitGroup
	begin := time.Now()
	for i := range messages {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if err := pause(ctx, time.Until(due)); err != nil {
			return nil, nil, err
		}
		starts[i] = time.Now()
		posts.Go(func() {
			took, err := p.post(ctx, messages[i])
			if err != nil {
				first.set(err)
			}
			acks[i] = took
		})
	}
	posts.Wait()
	return starts, acks, first.get()
}
