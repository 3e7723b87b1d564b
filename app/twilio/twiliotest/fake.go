package twiliotest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"ferry/app"
)

// Values that a Fake has when Options do not say otherwise.
const (
	AccountSID = "AC0123456789abcdef0123456789abcdef"
	AuthToken  = "0123456789abcdef0123456789abcdef"
	Number     = app.Address("whatsapp:+14155238886") // the number of Twilio's own sandbox
)

// Options say whose account the fake keeps and how it behaves. The zero
// Options are a working account.
type Options struct {
	AccountSID          string // AccountSID when empty
	AuthToken           string // AuthToken when empty; signs webhooks, and is a REST password
	APIKey, APISecret   string // a second pair of REST credentials; none when empty
	Numbers             []app.Address
	MessagingServiceSID string // a service that may send from every number; none when empty

	// Decide scripts each message; nil lets all of them succeed.
	Decide Decide
	// Steps is the life of an accepted message; DefaultSteps when nil.
	Steps []Step
	// Workers bounds the status callbacks under way at a time; 8 when 0. A
	// message's own callbacks always follow one another.
	Workers int
	// CountOnly keeps counts in place of messages, for load tests: Messages,
	// Await, fetching and listing then know a message only until its last step.
	CountOnly bool
	// Route says where to connect for a webhook or callback URL, when that is not
	// what its host name says. The signature is over the URL itself.
	Route func(rawURL string) string
	// Seed makes the SIDs repeatable; 0 takes a new random one.
	Seed uint64
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.AccountSID == "" {
		o.AccountSID = AccountSID
	}
	if o.AuthToken == "" {
		o.AuthToken = AuthToken
	}
	if len(o.Numbers) == 0 {
		o.Numbers = []app.Address{Number}
	}
	if o.Steps == nil {
		o.Steps = DefaultSteps()
	}
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for o.Seed == 0 {
		var b [8]byte
		rand.Read(b[:]) // it never fails
		o.Seed = binary.BigEndian.Uint64(b[:])
	}
	return o
}

// Fake is a Twilio account. It is an http.Handler; Start gives it a listener
// of its own. Close ends everything it runs.
type Fake struct {
	options Options
	decide  atomic.Pointer[Decide]
	client  *http.Client
	conns   *http.Transport

	mu       sync.Mutex
	records  []*Message          // in order of acceptance; those under way only with CountOnly
	bySID    map[string]*Message // of records
	counts   map[countKey]int
	hash     maphash.Seed
	number   int // of the last message
	stats    Stats
	watchers map[int]func(Message) // Await
	nextID   int
	closed   bool

	events    events
	callbacks callbacks

	ctx    context.Context //nolint:containedctx // the fake's life: Close cancels what runs in the background
	cancel context.CancelFunc
	active sync.WaitGroup // requests being answered

	server   *http.Server
	listener net.Listener
	serving  sync.WaitGroup
}

// countKey keeps a count small: a load test makes a million of them.
type countKey struct {
	to   string
	body uint64
}

// Stats are what the fake has seen so far.
type Stats struct {
	Creates        int // requests to make a message, refused ones included
	Accepted       int // messages made
	Repeated       int // of those, beyond the first with the same recipient and body
	Lists          int // pages listed
	Fetches        int
	Unauthorised   int
	Callbacks      int // status callbacks answered with a 2xx
	CallbackErrors int // status callbacks answered otherwise, or not at all
}

// New makes a Fake.
func New(options Options) *Fake {
	options = options.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	conns := &http.Transport{MaxIdleConnsPerHost: max(64, options.Workers), IdleConnTimeout: time.Minute}
	f := &Fake{
		options:  options,
		conns:    conns,
		bySID:    make(map[string]*Message),
		counts:   make(map[countKey]int),
		hash:     maphash.MakeSeed(),
		watchers: make(map[int]func(Message)),
		ctx:      ctx,
		cancel:   cancel,
		client: &http.Client{
			Transport: conns,
			// Twilio waits 15 s in total for an answer to a webhook.
			Timeout:       15 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	f.SetDecide(options.Decide)
	f.events.init()
	f.callbacks.init(f)
	return f
}

// SetDecide changes the script from now on; nil lets every message succeed.
func (f *Fake) SetDecide(decide Decide) { f.decide.Store(&decide) }

// Start listens on a free loopback port.
func (f *Fake) Start() error {
	listener, err := (&net.ListenConfig{}).Listen(f.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on a loopback port: %w", err)
	}
	f.listener = listener
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	f.serving.Go(func() {
		// Serve returns when Close closes the listener; nothing else ends it.
		_ = f.server.Serve(listener)
	})
	return nil
}

// URL is the base URL of the started fake, for TWILIO_API_URL.
func (f *Fake) URL() string { return "http://" + f.listener.Addr().String() }

// AccountSID is the account's SID.
func (f *Fake) AccountSID() string { return f.options.AccountSID }

// AuthToken is the account's token.
func (f *Fake) AuthToken() string { return f.options.AuthToken }

// Number is the first of the account's numbers.
func (f *Fake) Number() app.Address { return f.options.Numbers[0] }

// Close hangs up on everybody, gives up the callbacks that were not posted yet,
// and returns when nothing of the fake runs any more.
func (f *Fake) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	if f.server != nil {
		_ = f.server.Close()
	}
	f.serving.Wait()
	f.active.Wait()
	f.callbacks.close()
	f.events.close()
	f.conns.CloseIdleConnections()
}

// errClosed is what waits on a closed fake end with.
var errClosed = errors.New("the fake Twilio is closed")

// sid makes the n-th SID of this fake.
func (f *Fake) sid(prefix string, n int) string {
	return fmt.Sprintf("%s%016x%016x", prefix, f.options.Seed, n)
}

// Stats tells what the fake has seen.
func (f *Fake) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Messages lists the messages on record, in the order in which they were
// accepted.
func (f *Fake) Messages() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Message, len(f.records))
	for i, m := range f.records {
		all[i] = m.clone()
	}
	return all
}

// Count says how many messages with this body the fake accepted for a person.
func (f *Fake) Count(to app.Address, body string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[countKey{string(to), maphash.String(f.hash, body)}]
}

// add puts a message on record and tells those who wait for it. The caller
// fills in everything but number, SID and dates; an SID that is set stays.
func (f *Fake) add(m *Message, prefix string) Message {
	now := f.options.Now()
	f.mu.Lock()
	f.number++
	m.N = f.number
	if m.SID == "" {
		m.SID = f.sid(prefix, m.N)
	}
	m.DateCreated, m.DateUpdated = now, now
	m.History = append(m.History, StatusChange{m.Status, now})
	if !m.Inbound {
		key := countKey{m.To, maphash.String(f.hash, m.Body)}
		f.counts[key]++
		f.stats.Accepted++
		if f.counts[key] > 1 {
			f.stats.Repeated++
		}
	}
	if !f.options.CountOnly {
		f.records = append(f.records, m)
		f.bySID[m.SID] = m
	}
	copied := m.clone()
	f.tell(copied, kindMessage)
	f.mu.Unlock()
	return copied
}

// move gives a message a later status. It reports the message as it is then,
// and false when the status would have moved it back.
func (f *Fake) move(m *Message, step Step) (Message, bool) {
	now := f.options.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if rank(step.Status) < rank(m.Status) || step.Status == m.Status {
		return m.clone(), false
	}
	m.Status, m.DateUpdated = step.Status, now
	if step.ErrorCode != 0 {
		m.ErrorCode = step.ErrorCode
	}
	if m.DateSent.IsZero() && rank(step.Status) >= rank("sent") {
		m.DateSent = now
	}
	m.History = append(m.History, StatusChange{step.Status, now})
	copied := m.clone()
	f.tell(copied, kindStatus)
	return copied, true
}

// tell passes a change on; the caller holds mu, so changes are told in order.
func (f *Fake) tell(m Message, kind eventKind) {
	for _, watch := range f.watchers {
		watch(m)
	}
	f.events.push(event{kind, m})
}

// begin notes a request that is being answered; false when the fake is closed.
func (f *Fake) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.active.Add(1)
	return true
}
