package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// usageError says that a subcommand was called wrongly: exit code 2, and the
// subcommand's usage after the message.
type usageError struct{ text string }

// Error tells what was wrong with the call.
func (e *usageError) Error() string { return e.text }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// command is one subcommand of ferry.
type command struct {
	name    string
	summary string // one line for the overview
	usage   string // the whole help text, newline at its end
	run     func(ctx context.Context, args []string, env environment) error
}

// commands lists the subcommands in the order of the overview.
func commands() []command {
	return []command{
		demoCommand(),
		chatCommand(),
		{name: "serve", summary: "run the service: webhooks in, agents, replies out", usage: serveUsage, run: runServe},
		migrateCommand(),
		importCommand(),
		{
			name:    "nlp",
			summary: "show what ferry understands of a text; needs no database",
			usage:   nlpUsage,
			run: func(ctx context.Context, args []string, env environment) error {
				return runNLP(ctx, args, env.stdin, env.stdout, env.stderr)
			},
		},
		{name: "bench", summary: "measure this machine and ferry on it", usage: benchUsage, run: runBench},
	}
}

func commandNamed(name string) (command, bool) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return all[i], true
}

func writeOverview(w io.Writer) {
	var b strings.Builder
	b.WriteString("ferry carries WhatsApp messages to background agents and their answers back.\n\n" +
		"Usage:\n  ferry <command> [arguments]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-8s %s\n", c.name, c.summary)
	}
	b.WriteString("\nRun 'ferry <command> --help' for what a command takes.\n" +
		"New here? 'ferry demo' runs the whole product with nothing to configure.\n")
	_, _ = io.WriteString(w, b.String())
}

// buildVersion tells the binary's version as the Go tool stamped it: the
// module's version, else the commit, else "devel".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "devel"
}
