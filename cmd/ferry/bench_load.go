package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
)

// benchMessage is a signed webhook, made before the clock starts.
type benchMessage struct {
	from      app.Address
	body      []byte
	signature string
}

// benchPeople is how many registered people write: enough that a flood of ten
// thousand messages stays under the rate limit, which is on, as in production.
const benchPeople = 4000

func benchPhone(n int) string { return fmt.Sprintf("+44790%07d", n) }

// messages signs n messages for a service at base, each with a new SID.
func (w *benchWorld) messages(n int, base string) []benchMessage {
	out := make([]benchMessage, n)
	for i := range out {
		w.sent++
		from := app.Address("whatsapp:" + benchPhone(w.sent%benchPeople))
		sid := fmt.Sprintf("SM%032x", w.sent)
		form := url.Values{
			"AccountSid": {twiliotest.AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {string(from)}, "To": {string(twiliotest.Number)},
			"MessageSid": {sid}, "SmsMessageSid": {sid}, "SmsSid": {sid}, "SmsStatus": {"received"}, "NumMedia": {"0"}, "NumSegments": {"1"},
			"ProfileName": {"Bench"}, "WaId": {benchPhone(w.sent % benchPeople)[1:]},
			"Body": {fmt.Sprintf("stock %s", benchSKU(w.sent*7919%benchProducts))},
		}
		out[i] = benchMessage{
			from: from, body: []byte(form.Encode()),
			signature: twiliotest.Sign(twiliotest.AuthToken, base+web.MessagePath, form),
		}
	}
	return out
}

// poster posts signed webhooks over kept connections.
type poster struct {
	url    string
	client *http.Client
}

func newPoster(base string, conns int) *poster {
	return &poster{
		url:    base + web.MessagePath,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns}, Timeout: 15 * time.Second},
	}
}

func (p *poster) close() { p.client.CloseIdleConnections() }

// post sends one webhook and returns how long its answer took. Anything but
// 200 is an error: nothing may be refused here.
func (p *poster) post(ctx context.Context, m benchMessage) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(m.body))
	if err != nil {
		return 0, fmt.Errorf("build webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", m.signature)
	start := time.Now()
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("post webhook: %w", err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return 0, fmt.Errorf("read webhook answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("webhook answered %s", resp.Status)
	}
	return time.Since(start), nil
}

// postAll posts the messages, benchConns at a time, and returns the answers' times
// and how long it all took.
func (p *poster) postAll(ctx context.Context, messages []benchMessage) (times []time.Duration, took time.Duration, err error) {
	var next atomic.Int64
	var first firstError
	times = make([]time.Duration, len(messages))
	start := time.Now()
	var posters sync.WaitGroup
	for range benchConns {
		posters.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(messages) || first.get() != nil {
					return
				}
				var err error
				if times[i], err = p.post(ctx, messages[i]); err != nil {
					first.set(err)
				}
			}
		})
	}
	posters.Wait()
	return times, time.Since(start), first.get()
}

type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// percentile of times, in milliseconds; 0 without any.
func percentile(times []time.Duration, p float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	i := min(int(p/100*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[i]) / float64(time.Millisecond)
}

// arrivals notes when each person's reply reached the fake.
type arrivals struct {
	mu   sync.Mutex
	at   map[app.Address]time.Time
	stop func()
}

func watchArrivals(fake *twiliotest.Fake) *arrivals {
	a := &arrivals{at: map[app.Address]time.Time{}}
	a.stop = fake.OnMessage(func(m twiliotest.Message) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at[app.Address(m.To)] = m.DateCreated
	})
	return a
}

func (a *arrivals) of(to app.Address) (time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.at[to]
	return t, ok
}
