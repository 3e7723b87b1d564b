package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"ferry/app/sim"
)

const chatUsage = `Usage: ferry chat [--as PHONE|NAME] [--url URL] [TEXT...]

Talks to a running demo as a phone would: the text goes in as a signed webhook,
and the replies that ferry sends are printed. Without TEXT it reads one message
a line, from a terminal or from a pipe.

  --as PHONE|NAME   who writes: somebody of the demo's company, by phone number
                    or by name, or any other number (the first of the company)
  --url URL         the demo's address, such as http://127.0.0.1:8080 (the demo
                    that you started last)

In a terminal: /people lists who can write, /as NAME goes on as somebody else,
/quit ends.
`

func chatCommand() command {
	return command{
		name:    "chat",
		summary: "talk to a running demo as a phone would",
		usage:   chatUsage,
		run:     runChat,
	}
}

func runChat(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	as := flags.String("as", "", "")
	url := flags.String("url", "", "")
	if err := flags.Parse(args); err != nil {
		return usagef("%v", err)
	}
	client, err := findDemo(ctx, *url, newDemoNote(env.getenv))
	if err != nil {
		return err
	}
	defer client.Close()
	if flags.NArg() == 0 {
		return chatAtPrompt(ctx, client, *as, env)
	}
	text := strings.Join(flags.Args(), " ")
	if strings.TrimSpace(text) == "" {
		return usagef("the message is empty")
	}
	return sayOnce(ctx, client, *as, text, env.stdout)
}

const startADemo = "start one with 'ferry demo', or name it with --url"

// findDemo connects to the demo at url, or else to the one that left a note. A
// note of a demo that has gone is taken away.
func findDemo(ctx context.Context, url string, note demoNote) (*sim.Client, error) {
	noted := url == ""
	if noted {
		var err error
		if url, err = note.read(); err != nil {
			return nil, err
		}
		if url == "" {
			return nil, errors.New("no demo is running: " + startADemo)
		}
	}
	client := sim.NewClient(url)
	_, err := client.People(ctx)
	if err == nil {
		return client, nil
	}
	client.Close()
	if noted && ctx.Err() == nil {
		return nil, errors.Join(fmt.Errorf("the demo at %s is not running any more: %s", url, startADemo), note.remove(url))
	}
	return nil, fmt.Errorf("no demo answers at %s: %w", url, err)
}

// sayOnce sends one text and prints what comes back, one message after another.
func sayOnce(ctx context.Context, client *sim.Client, as, text string, out io.Writer) error {
	c, err := openChat(ctx, client, as)
	if err != nil {
		return err
	}
	defer c.close()
	first := true
	_, err = c.say(ctx, text, func(reply sim.Bubble) {
		if !first {
			fmt.Fprintln(out)
		}
		first = false
		fmt.Fprintln(out, printable(reply))
	})
	return err
}
