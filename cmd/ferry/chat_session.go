package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"ferry/app"
	"ferry/app/sim"
	"ferry/persona"
)

const (
	// replyPatience is how long a reply is waited for.
	replyPatience = 20 * time.Second
	// noticePatience is for a message of which ferry says that it was not
	// processed: there may be a notice, and there may be none.
	noticePatience = time.Second
	// replyQuiet is how long nothing more must come until a reply counts as
	// complete: its parts follow each other more quickly.
	replyQuiet = 300 * time.Millisecond
	// processing is ferry's note on a message that it will answer.
	processing = "Processing request"
)

// chat is one person's conversation with a demo.
type chat struct {
	client  *sim.Client
	me      sim.Person
	stream  *sim.Stream
	changes chan sim.Bubble // closed with the stream
	seen    map[string]bool // replies that were told, by id
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the stream is no longer read
}

// openChat listens to the chat of the person whom as names, by number or by
// name; "" is the first of the demo's people.
func openChat(ctx context.Context, client *sim.Client, as string) (*chat, error) {
	people, err := client.People(ctx)
	if err != nil {
		return nil, err
	}
	me, err := findPerson(people, as)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	past, stream, err := client.Follow(ctx, me.Phone)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &chat{
		client: client, me: me, stream: stream, changes: make(chan sim.Bubble), seen: make(map[string]bool),
		cancel: cancel, ended: make(chan struct{}),
	}
	for _, b := range past {
		c.seen[b.ID] = true
	}
	go c.listen(ctx)
	return c, nil
}

func (c *chat) listen(ctx context.Context) {
	defer close(c.ended)
	defer close(c.changes)
	for {
		b, err := c.stream.Next()
		if err != nil {
			return // say tells that the demo has gone
		}
		select {
		case c.changes <- b:
		case <-ctx.Done():
			return
		}
	}
}

// close ends the listening.
func (c *chat) close() {
	c.cancel()
	_ = c.stream.Close() // it was cut off
	<-c.ended
}

// exchange is a message and what came of it.
type exchange struct {
	sent    sim.Bubble
	replies []sim.Bubble // as they were when the last one had come
}

// say sends a text, calls heard with each reply as it comes, and returns when
// the reply is complete. No reply is an error.
func (c *chat) say(ctx context.Context, text string, heard func(sim.Bubble)) (exchange, error) {
	// The stream is read while the webhook is under way, so that the server
	// never finds this reader slow.
	answered := make(chan answer, 1)
	go func() {
		sent, err := c.client.Send(ctx, c.me.Phone, text)
		answered <- answer{sent, err}
	}()
	w := waiting{chat: c, heard: heard, timer: time.NewTimer(replyPatience)}
	defer w.timer.Stop()
	err := w.wait(ctx, answered)
	return exchange{sent: w.mine, replies: w.replies}, err
}

type answer struct {
	sent sim.Sent
	err  error
}

// waiting is the time between a message and the end of its reply.
type waiting struct {
	chat    *chat
	heard   func(sim.Bubble)
	timer   *time.Timer
	sent    sim.Sent
	mine    sim.Bubble
	replies []sim.Bubble
	replied bool // by more than an acknowledgement
}

func (w *waiting) wait(ctx context.Context, answered <-chan answer) error {
	for {
		select {
		case a := <-answered:
			if a.err != nil {
				return a.err
			}
			if !a.sent.Webhook.Accepted() {
				return fmt.Errorf("ferry did not take the message: %s", a.sent.Webhook.Error)
			}
			w.sent, answered = a.sent, nil
			if a.sent.Webhook.Note != processing && !w.replied {
				w.timer.Reset(noticePatience)
			}
		case b, open := <-w.chat.changes:
			if !open {
				return errors.New("the demo has ended")
			}
			w.take(b)
		case <-w.timer.C:
			return w.outcome()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take looks at a change of the chat.
func (w *waiting) take(b sim.Bubble) {
	if b.Mine {
		w.mine = b
		return
	}
	for i := range w.replies {
		if w.replies[i].ID == b.ID {
			w.replies[i] = b
		}
	}
	if w.chat.seen[b.ID] {
		return
	}
	w.chat.seen[b.ID] = true
	w.replies = append(w.replies, b)
	w.heard(b)
	if !w.chat.acknowledges(b) {
		w.replied = true
		w.timer.Reset(replyQuiet)
	}
}

func (w *waiting) outcome() error {
	switch {
	case w.replied:
		return nil
	case w.sent.Webhook.Note != processing && w.sent.ID != "":
		return fmt.Errorf("no reply: %s", w.sent.Webhook.Note)
	default:
		return fmt.Errorf("no reply within %d s: see the demo's terminal, or its operators' pages", int(replyPatience.Seconds()))
	}
}

// acknowledges says that a reply only tells that the message has arrived.
func (c *chat) acknowledges(b sim.Bubble) bool {
	text, err := persona.Render(c.me.Persona, app.Acknowledgement{}, time.UTC)
	return err == nil && b.Text == text
}

// findPerson finds somebody by phone number, or by name or the beginning of
// one. A number that is not among people is somebody whom nobody knows yet.
func findPerson(people []sim.Person, as string) (sim.Person, error) {
	as = strings.TrimSpace(as)
	if as == "" && len(people) > 0 {
		return people[0], nil
	}
	if number, ok := readNumber(as); ok {
		for _, p := range people {
			if p.Phone == number {
				return p, nil
			}
		}
		return sim.Person{Phone: number, Name: number}, nil
	}
	var found []sim.Person
	for _, p := range people {
		if strings.EqualFold(p.Name, as) {
			return p, nil
		}
		if begins(p.Name, as) {
			found = append(found, p)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	what := "nobody is called"
	if len(found) > 1 {
		what = "more than one person is called"
	}
	return sim.Person{}, fmt.Errorf("%s %q: the people are %s", what, as, names(people))
}

// readNumber reads a phone number, which begins with + and may be grouped.
func readNumber(s string) (string, bool) {
	number, ok := strings.CutPrefix(strings.NewReplacer(" ", "", "-", "").Replace(s), "+")
	return "+" + number, ok
}

// begins says that a word of a name, or the name, begins with a text.
func begins(name, text string) bool {
	name, text = strings.ToLower(name), strings.ToLower(text)
	return strings.HasPrefix(name, text) || strings.Contains(name, " "+text)
}

func names(people []sim.Person) string {
	all := make([]string, 0, len(people))
	for _, p := range people {
		all = append(all, p.Name)
	}
	return strings.Join(all, ", ")
}

// printable is a message for a terminal: without characters that would control
// it, and with the addresses of its files.
func printable(b sim.Bubble) string {
	text := strings.Join(append([]string{b.Text}, b.Media...), "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}
