package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/sql/migrations"
	"ferry/sql/pgtest"
)

// migrateRun is 'ferry migrate' with args on a database, through the command line.
func migrateRun(t *testing.T, databaseURL string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"migrate"}, args...), environment{
		getenv: func(name string) string {
			if name == "DATABASE_URL" {
				return databaseURL
			}
			return ""
		},
		stdin: strings.NewReader(""), stdout: &out, stderr: &err,
	})
	return code, out.String(), err.String()
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	latest := int(migrations.Latest())
	steps := []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "0\n"},
		{[]string{"down", "1"}, "nothing to do: the database is at version 0\n"},
		{[]string{"up"}, fmt.Sprintf("the database went from version 0 to %d\n", latest)},
		{[]string{"up"}, fmt.Sprintf("nothing to do: the database is at version %d\n", latest)},
		{[]string{"version"}, fmt.Sprintf("%d\n", latest)},
		{[]string{"down", "2"}, fmt.Sprintf("the database went from version %d to %d\n", latest, latest-2)},
		{[]string{"force", "12"}, "the database is now taken to be at version 12\n"},
		{[]string{"version"}, "12\n"},
	}
	for _, step := range steps {
		code, stdout, stderr := migrateRun(t, databaseURL, step.args...)
		require.Equal(t, exitOK, code, "%v: %s", step.args, stderr)
		require.Equal(t, step.want, stdout, "%v", step.args)
	}
}

func TestMigrateFailure(t *testing.T) {
	t.Parallel()
	p := pgtest.Pool(t)
	databaseURL := p.Config().ConnString()
	_, err := p.Exec(t.Context(), `UPDATE schema_migrations SET dirty = true`)
	require.NoError(t, err)

	code, stdout, stderr := migrateRun(t, databaseURL, "up")
	require.Equal(t, exitError, code)
	require.Empty(t, stdout)
	latest := migrations.Latest()
	require.Equal(t, fmt.Sprintf("ferry migrate: version %d of the database is dirty, the migration to it failed: "+
		"look at the tables, then 'ferry migrate force %d'\n", latest, latest-1), stderr)

	code, stdout, _ = migrateRun(t, databaseURL, "version")
	require.Equal(t, exitOK, code)
	require.Equal(t, fmt.Sprintf("%d (dirty)\n", latest), stdout)
}

func TestMigrateUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no action", nil, "say what to do"},
		{"unknown action", []string{"sideways"}, `unknown action "sideways"`},
		{"up with a number", []string{"up", "3"}, `up takes no further argument, not "3"`},
		{"version with more", []string{"version", "x"}, "version takes no further argument"},
		{"down without a number", []string{"down"}, "down takes one number"},
		{"down by none", []string{"down", "0"}, "down takes a whole number, 1 or more"},
		{"down by a word", []string{"down", "all"}, `not "all"`},
		{"down by two numbers", []string{"down", "1", "2"}, "down takes one number"},
		{"force without a number", []string{"force"}, "force takes one number"},
		{"force below nothing", []string{"force", "-1"}, "force takes a whole number, 0 or more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := migrateRun(t, "", tt.args...)
			require.Equal(t, exitUsage, code, "told before the database is looked for")
			require.Empty(t, stdout)
			require.Contains(t, stderr, tt.want)
			require.Contains(t, stderr, "Usage:\n  ferry migrate up")
		})
	}
}

func TestMigrateNeedsADatabase(t *testing.T) {
	t.Parallel()
	code, _, stderr := migrateRun(t, "", "up")
	require.Equal(t, exitError, code)
	require.Contains(t, stderr, "DATABASE_URL is not set")
}
