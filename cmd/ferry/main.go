// Command ferry carries a WhatsApp message to a background agent and the
// agent's answer back.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // people's time zones, where the machine has no database of them
)

// The exit codes of every subcommand.
const (
	exitOK    = 0
	exitError = 1 // it failed; one line on stderr says what, and what to do
	exitUsage = 2 // it was called wrongly
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a graceful stop; handing the signals back makes
	// a second one end the process at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], environment{
		getenv: os.Getenv,
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}

// environment is what a subcommand may touch of the process around it.
type environment struct {
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// run carries out the command line args, without the program's name, and
// returns the exit code.
func run(ctx context.Context, args []string, env environment) int {
	if len(args) == 0 {
		writeOverview(env.stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return help(args[1:], env)
	case "version", "-version", "--version":
		fmt.Fprintf(env.stdout, "ferry %s\n", buildVersion())
		return exitOK
	}
	cmd, ok := commandNamed(args[0])
	if !ok {
		fmt.Fprintf(env.stderr, "ferry: unknown command %q: run 'ferry --help' for the list\n", args[0])
		writeOverview(env.stderr)
		return exitUsage
	}
	if asksForHelp(args[1:]) {
		fmt.Fprint(env.stdout, cmd.usage)
		return exitOK
	}
	return report(cmd, cmd.run(ctx, args[1:], env), env)
}

// report tells a subcommand's error in one line and returns the exit code.
func report(cmd command, err error, env environment) int {
	var misuse *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(env.stdout, cmd.usage)
		return exitOK
	case errors.As(err, &misuse):
		fmt.Fprintf(env.stderr, "ferry %s: %s\n\n%s", cmd.name, oneLine(misuse), cmd.usage)
		return exitUsage
	default:
		fmt.Fprintf(env.stderr, "ferry %s: %s\n", cmd.name, oneLine(err))
		return exitError
	}
}

func help(args []string, env environment) int {
	if len(args) == 0 {
		writeOverview(env.stdout)
		return exitOK
	}
	cmd, ok := commandNamed(args[0])
	if !ok {
		fmt.Fprintf(env.stderr, "ferry: unknown command %q: run 'ferry --help' for the list\n", args[0])
		return exitUsage
	}
	fmt.Fprint(env.stdout, cmd.usage)
	return exitOK
}

// asksForHelp looks for a help flag anywhere before a "--".
func asksForHelp(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.ContainsFunc(args, func(a string) bool {
		return a == "-h" || a == "-help" || a == "--help"
	})
}

// oneLine writes an error, which may be several joined ones, as one line.
func oneLine(err error) string {
	var parts []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}
