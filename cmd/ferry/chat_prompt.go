package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"ferry/app/sim"
)

const promptHelp = `  /people     who can write
  /as NAME    go on as somebody else; a phone number does as well
  /quit       end
Anything else is sent to ferry: try "stock COF-001", "show alerts", "help".
`

// prompt is a conversation line by line. In front of a terminal it asks, and
// goes on after an error; from a pipe it does neither.
type prompt struct {
	client   *sim.Client
	chat     *chat
	out      io.Writer
	terminal bool // somebody types
	styled   bool // out is a terminal
}

// chatAtPrompt talks as the person whom as names until the input ends, /quit,
// or ctx ends.
func chatAtPrompt(ctx context.Context, client *sim.Client, as string, env environment) error {
	p := &prompt{
		client: client, out: env.stdout, terminal: isTerminal(env.stdin),
		styled: terminalColumns(env.stdout) > 0 && env.getenv("NO_COLOR") == "",
	}
	if err := p.be(ctx, as); err != nil {
		return err
	}
	defer func() { p.chat.close() }()
	if p.terminal {
		fmt.Fprint(p.out, promptHelp)
	}
	// In the background, because nothing interrupts the reading of a terminal.
	lines, failure := make(chan string), make(chan error, 1)
	go readLines(ctx, env.stdin, lines, failure)
	for {
		p.ask()
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				if p.terminal {
					fmt.Fprintln(p.out)
				}
				return <-failure
			}
			if quit, err := p.take(ctx, strings.TrimSpace(line)); quit || err != nil {
				return err
			}
		}
	}
}

// readLines passes on the lines of in, and then what reading ended with.
func readLines(ctx context.Context, in io.Reader, lines chan<- string, failure chan<- error) {
	defer close(lines)
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		select {
		case lines <- scanner.Text():
		case <-ctx.Done():
			failure <- nil
			return
		}
	}
	failure <- scanner.Err()
}

func (p *prompt) ask() {
	if p.terminal {
		fmt.Fprintf(p.out, "\n%s> ", p.chat.me.Name)
	}
}

// be goes on as somebody else.
func (p *prompt) be(ctx context.Context, as string) error {
	next, err := openChat(ctx, p.client, as)
	if err != nil {
		return err
	}
	if p.chat != nil {
		p.chat.close()
	}
	p.chat = next
	if p.terminal {
		fmt.Fprintf(p.out, "\nYou are %s: %s.\n", next.me.Name, next.me.About())
	}
	return nil
}

// take carries out a line.
func (p *prompt) take(ctx context.Context, line string) (quit bool, err error) {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "":
		return false, nil
	case !strings.HasPrefix(line, "/"):
		err = p.say(ctx, line)
	case word == "/quit" || word == "/exit":
		return true, nil
	case word == "/people":
		err = p.list(ctx)
	case word == "/as" && rest != "":
		err = p.be(ctx, rest)
	case word == "/help":
		fmt.Fprint(p.out, promptHelp)
	default:
		err = usagef("%q is no command: /people, /as NAME, /help or /quit", line)
	}
	if err != nil && p.terminal && ctx.Err() == nil {
		fmt.Fprintln(p.out, oneLine(err))
		return false, nil
	}
	return false, err
}

func (p *prompt) list(ctx context.Context) error {
	people, err := p.client.People(ctx)
	if err != nil {
		return err
	}
	for _, who := range people {
		mark := " "
		if who.Phone == p.chat.me.Phone {
			mark = "*"
		}
		fmt.Fprintf(p.out, "%s %-15s %-16s %-16s %s\n", mark, who.Phone, who.Name, who.Tag(), who.Role)
	}
	return nil
}

// say sends a text and prints the replies, and then how far they have come and
// what the wire says of the text.
func (p *prompt) say(ctx context.Context, text string) error {
	e, err := p.chat.say(ctx, text, func(reply sim.Bubble) { fmt.Fprintf(p.out, "%s\n", printable(reply)) })
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.dim(wireLine(e)))
	return nil
}

// wireLine tells what the wire says of an exchange.
func wireLine(e exchange) string {
	var parts []string
	if n := len(e.replies); n > 0 {
		last := e.replies[n-1]
		parts = append(parts, ticks(last.Status)+" "+string(last.Status))
	}
	if hook := e.sent.Webhook; hook != nil {
		parts = append(parts, fmt.Sprintf("webhook %d in %.1f ms", hook.Status, hook.MS))
	}
	if e.sent.AnsweredMS > 0 {
		parts = append(parts, fmt.Sprintf("answered in %.0f ms", e.sent.AnsweredMS))
	}
	if hook := e.sent.Webhook; hook != nil && hook.ExecutionID != "" {
		parts = append(parts, "execution "+hook.ExecutionID)
	}
	return strings.Join(parts, " · ")
}

// ticks are a status as WhatsApp shows it; a terminal has no blue ones.
func ticks(s sim.Status) string {
	switch s {
	case sim.StatusSent:
		return "✓"
	case sim.StatusDelivered, sim.StatusRead:
		return "✓✓"
	case sim.StatusFailed:
		return "✗"
	case sim.StatusQueued:
	}
	return "…"
}

// dim writes a line in a fainter style (ECMA-48, SGR 2) where there is one.
func (p *prompt) dim(line string) string {
	if !p.styled {
		return line
	}
	return "\x1b[2m" + line + "\x1b[0m"
}
