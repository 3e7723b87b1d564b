package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// invoked is what a call of ferry left behind.
type invoked struct {
	code           int
	stdout, stderr string
}

// ferry runs a command line with an empty environment.
func ferry(t *testing.T, args ...string) invoked {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, environment{
		getenv: func(string) string { return "" },
		stdin:  strings.NewReader(""), stdout: &stdout, stderr: &stderr,
	})
	return invoked{code, stdout.String(), stderr.String()}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}, {"-help"}} {
		got := ferry(t, args...)
		require.Equal(t, exitOK, got.code, args)
		require.Empty(t, got.stderr, args)
		for _, c := range commands() {
			require.Contains(t, got.stdout, "\n  "+c.name+" ", args)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, `^[a-z].*[^.\n]$`, c.summary)
			for _, args := range [][]string{{c.name, "--help"}, {c.name, "-h"}, {"help", c.name}, {c.name, "something", "--help"}} {
				got := ferry(t, args...)
				require.Equal(t, exitOK, got.code, args)
				require.Empty(t, got.stderr, args)
				require.True(t, strings.HasPrefix(got.stdout, "Usage:"), "%v: %s", args, got.stdout)
				require.Contains(t, got.stdout, "ferry "+c.name)
				require.True(t, strings.HasSuffix(got.stdout, "\n"), args)
			}
		})
	}
}

func TestBadUsage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "ferry carries WhatsApp messages"},
		{"unknown command", []string{"fly"}, `ferry: unknown command "fly": run 'ferry --help' for the list`},
		{"help for an unknown command", []string{"help", "fly"}, `ferry: unknown command "fly"`},
		{"unknown flag", []string{"serve", "--fly"}, "ferry serve: flag provided but not defined: -fly"},
		{"unknown role", []string{"serve", "--role", "captain"}, `ferry serve: unknown role "captain": want all, web or worker`},
		{"no action", []string{"migrate"}, "ferry migrate: say what to do"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := ferry(t, tc.args...)
			require.Equal(t, exitUsage, got.code)
			require.Empty(t, got.stdout)
			require.True(t, strings.HasPrefix(got.stderr, tc.want), got.stderr)
		})
	}
}

func TestFailureIsOneLine(t *testing.T) {
	t.Parallel()
	got := ferry(t, "serve")
	require.Equal(t, exitError, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, 1, strings.Count(got.stderr, "\n"))
	require.True(t, strings.HasPrefix(got.stderr, "ferry serve: the environment has 7 problems: DATABASE_URL is not set: set it to "), got.stderr)

	got = ferry(t, "migrate", "up")
	require.Equal(t, exitError, got.code)
	require.Equal(t, "ferry migrate: DATABASE_URL is not set: set it to postgres://user:password@host:5432/database\n", got.stderr)
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		err    error
		code   int
		stdout string
		stderr string
	}{
		{"success", nil, exitOK, "", ""},
		{"failure", errors.New("read x: no such file"), exitError, "", "ferry do: read x: no such file\n"},
		{
			"several failures", errors.Join(errors.New("stop a: late"), errors.New("stop b:\n  later\n")), exitError, "",
			"ferry do: stop a: late; stop b:; later\n",
		},
		{"misuse", fmt.Errorf("flags: %w", usagef("want a name")), exitUsage, "", "ferry do: want a name\n\nUsage: ferry do\n"},
		{"help asked of the flags", flag.ErrHelp, exitOK, "Usage: ferry do\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := report(command{name: "do", usage: "Usage: ferry do\n"}, tc.err, environment{stdout: &stdout, stderr: &stderr})
			require.Equal(t, tc.code, code)
			require.Equal(t, tc.stdout, stdout.String())
			require.Equal(t, tc.stderr, stderr.String())
		})
	}
}

// After "--" everything is text, also what looks like a flag.
func TestHelpFlagAfterDashes(t *testing.T) {
	t.Parallel()
	require.True(t, asksForHelp([]string{"parse", "--help"}))
	require.False(t, asksForHelp([]string{"parse", "--", "--help"}))
	require.False(t, asksForHelp([]string{"parse", "helper", "--helpful"}))
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"version", "--version"} {
		got := ferry(t, word)
		require.Equal(t, exitOK, got.code)
		require.Regexp(t, regexp.MustCompile(`^ferry \S+\n$`), got.stdout)
	}
}
