package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"ferry/app/sim"
)

const demoUsage = `Usage: ferry demo [--addr ADDR] [--headless] [--data DIR]

Runs the whole product on this machine with nothing to configure: a Postgres of
its own, the tables, a company with stock and sales, the service with its
workers, the operators' pages, and a simulator: phones in a browser page that
talk to ferry over signed webhooks, as Twilio does. Prints where to click. In a
terminal it also lets you chat; 'ferry chat' does so from another one.

  --addr ADDR   address of the simulator and the webhooks (127.0.0.1:8080); a
                port that is taken makes it use the next free one
  --headless    no chat in this terminal: run until SIGINT or SIGTERM
  --data DIR    keep the database in DIR, and go on with it the next time;
                without it the data goes when the demo stops

The environment is not needed. These of its variables are obeyed:
RATE_LIMIT_PER_MINUTE, ACK_MODE, ACK_AFTER, AGENT_WORKERS, SEND_WORKERS,
LOG_LEVEL (warn), LOG_FORMAT (text), ADMIN_USER and ADMIN_PASSWORD (made up).
Nothing is sent to the real Twilio.
`

// demoOptions are the flags of ferry demo.
type demoOptions struct {
	addr     string
	headless bool
	data     string // "" throws the data away
}

func demoCommand() command {
	return command{
		name:    "demo",
		summary: "run the whole product here, with a simulator; nothing to configure",
		usage:   demoUsage,
		run:     runDemo,
	}
}

func runDemo(ctx context.Context, args []string, env environment) error {
	options, err := parseDemo(args)
	if err != nil {
		return err
	}
	began := time.Now()
	d, err := startDemo(ctx, options, env)
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped before it was ready")
		}
		return err
	}
	d.announce(env.stdout, time.Since(began))
	chatting := !options.headless && isTerminal(env.stdin)
	err = d.wait(ctx, chatting, env)
	if chatting {
		fmt.Fprintln(env.stdout) // the cursor may stand behind a prompt
	}
	fmt.Fprintln(env.stdout, "Stopping.")
	return errors.Join(err, d.stop(context.WithoutCancel(ctx)))
}

func parseDemo(args []string) (demoOptions, error) {
	var o demoOptions
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.addr, "addr", defaultDemoAddr, "")
	flags.BoolVar(&o.headless, "headless", false, "")
	flags.StringVar(&o.data, "data", "", "")
	if err := flags.Parse(args); err != nil {
		return o, usagef("%v", err)
	}
	if flags.NArg() > 0 {
		return o, usagef("unexpected argument %q", flags.Arg(0))
	}
	if err := checkAddr(o.addr); err != nil {
		return o, err
	}
	return o, nil
}

// isTerminal says that somebody sits in front of r.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// announce prints where to click.
func (d *demo) announce(w io.Writer, took time.Duration) {
	operators := "http://" + d.service.admin.Addr().String() + "/"
	var b strings.Builder
	fmt.Fprintf(&b, "Ready in %.1f s.\n\n", took.Seconds())
	fmt.Fprintf(&b, "  Simulator   %s\n", d.url+sim.Path)
	fmt.Fprintf(&b, "  Operators   %s   user %s, password %s\n", operators, d.cfg.AdminUser, d.password)
	fmt.Fprintf(&b, "  River UI    %sriverui/\n", operators)
	if !loopbackOnly(d.service.public.Addr()) {
		b.WriteString("\n  Whoever reaches this machine can open the simulator and write in anybody's name.\n")
	}
	if d.options.data != "" {
		fmt.Fprintf(&b, "\n  The data stays in %s.\n", d.options.data)
	}
	b.WriteString("\nFrom another terminal: ferry chat \"stock COF-001\". Ctrl-C ends the demo.\n")
	_, _ = io.WriteString(w, b.String())
}

// wait returns when the demo is to end: because ctx does, because a part of it
// died, or because the person at the terminal has had enough.
func (d *demo) wait(ctx context.Context, chatting bool, env environment) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	if chatting {
		client := sim.NewClient(d.url)
		defer client.Close()
		// Not waited for: nothing interrupts the reading of a terminal, and the
		// process ends right after.
		go func() { ended <- chatAtPrompt(ctx, client, "", env) }()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return err
	case err := <-d.service.fails:
		return err
	}
}
