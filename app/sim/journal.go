package sim

import (
	"slices"
	"sync"
	"time"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
)

// backlog is how many changes a reader may be behind. One that is further
// behind is cut off; it comes back and begins with everything.
const backlog = 512

// journal keeps every bubble and tells its readers of each change.
type journal struct {
	mu      sync.Mutex
	bubbles []*Bubble // in the order of N
	byID    map[string]*Bubble
	early   map[string]Webhook // answers that came before their bubble did
	readers map[*reader]struct{}
	closed  bool
}

// reader is somebody who follows the journal. changes is closed when the
// reader was too slow, or when the journal ends.
type reader struct {
	person  string // "" for everybody's chats
	changes chan Bubble
}

func newJournal() *journal {
	return &journal{
		byID: make(map[string]*Bubble), early: make(map[string]Webhook), readers: make(map[*reader]struct{}),
	}
}

// message takes a new message down.
func (j *journal) message(m twiliotest.Message) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := newBubble(m)
	if webhook, ok := j.early[b.ID]; ok {
		delete(j.early, b.ID)
		b.take(webhook)
	}
	j.bubbles = append(j.bubbles, &b)
	j.byID[b.ID] = &b
	j.tell(b)
	if !b.Mine {
		j.answer(b)
	}
}

// answer notes that ferry has written to a person: whatever they wrote before
// is answered.
func (j *journal) answer(reply Bubble) {
	for _, b := range slices.Backward(j.bubbles) {
		if b.Person != reply.Person || !b.Mine || b.Status == StatusFailed {
			continue
		}
		if b.AnsweredMS > 0 {
			return // and so is everything before it
		}
		b.AnsweredMS = milliseconds(max(reply.At.Sub(b.At), time.Microsecond))
		if b.Status == StatusDelivered {
			b.Status = StatusRead
		}
		j.tell(*b)
	}
}

// status takes a change of a message's status down.
func (j *journal) status(m twiliotest.Message) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, ok := j.byID[m.SID]
	if !ok || b.Mine {
		return
	}
	b.Status, b.Error = statusOf(m.Status), m.ErrorCode
	j.tell(*b)
}

// webhook takes down what ferry answered to a person's message.
func (j *journal) webhook(sid string, w Webhook) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b, ok := j.byID[sid]
	if !ok {
		j.early[sid] = w
		return
	}
	b.take(w)
	j.tell(*b)
}

func (b *Bubble) take(w Webhook) {
	b.Webhook = &w
	switch {
	case !w.Accepted():
		b.Status = StatusFailed
	case b.AnsweredMS > 0:
		b.Status = StatusRead
	default:
		b.Status = StatusDelivered
	}
}

// tell passes a change on. The caller holds mu, so that every reader hears of
// changes in their order.
func (j *journal) tell(b Bubble) {
	for r := range j.readers {
		if r.person != "" && r.person != b.Person {
			continue
		}
		select {
		case r.changes <- b:
		default:
			delete(j.readers, r)
			close(r.changes)
		}
	}
}

// list copies the bubbles of a person, or of everybody for "".
func (j *journal) list(person string) []Bubble {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.listLocked(person)
}

func (j *journal) listLocked(person string) []Bubble {
	found := make([]Bubble, 0, len(j.bubbles))
	for _, b := range j.bubbles {
		if person == "" || person == b.Person {
			found = append(found, *b)
		}
	}
	return found
}

// follow gives what there is and a reader of every change after it. The caller
// must leave.
func (j *journal) follow(person string) ([]Bubble, *reader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := &reader{person: person, changes: make(chan Bubble, backlog)}
	if j.closed {
		close(r.changes)
	} else {
		j.readers[r] = struct{}{}
	}
	return j.listLocked(person), r
}

func (j *journal) leave(r *reader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.readers, r)
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for r := range j.readers {
		close(r.changes)
	}
	clear(j.readers)
}

// milliseconds is a duration in ms, to the microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// numberOf is the phone number of an address, or the whole address of a person
// who hides theirs.
func numberOf(address string) string {
	number, _ := app.Address(address).Phone()
	return number
}
