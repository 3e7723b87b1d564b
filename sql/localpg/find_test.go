package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs makes a folder with an initdb and a postgres that gives its version.
func programs(t *testing.T, dir, version string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range map[string]string{
		"initdb":   "#!/bin/sh\n",
		"postgres": fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	return dir
}

func TestLocate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	in := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	nine := programs(t, in("lib", "9", "bin"), "9.6.24")
	fifteen := programs(t, in("lib", "15", "bin"), "15.18 (Debian 15.18-0+deb12u1)")
	programs(t, in("lib", "16", "bin"), "16beta1")
	hundred := programs(t, in("lib", "100", "bin"), "100.1")
	// As distributions have it: links in PATH to programs that live elsewhere.
	linked := in("linked")
	require.NoError(t, os.Mkdir(linked, 0o755))
	require.NoError(t, os.Symlink(filepath.Join(fifteen, "initdb"), filepath.Join(linked, "initdb")))
	broken := in("broken")
	require.NoError(t, os.Mkdir(broken, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "initdb"), nil, 0o755))
	other := programs(t, in("other"), "15")
	require.NoError(t, os.WriteFile(filepath.Join(other, "postgres"), []byte("#!/bin/sh\necho something else\n"), 0o755))

	all := []string{in("lib", "*", "bin")}
	pathOf := func(dirs ...string) string {
		path := in("nowhere")
		for _, dir := range dirs {
			path += string(filepath.ListSeparator) + dir
		}
		return path
	}
	tests := []struct {
		name   string
		search search
		major  int
		want   string // folder
		err    string
	}{
		{name: "the newest by number", search: search{globs: all}, want: hundred},
		{name: "PATH before the packages", search: search{path: pathOf(linked), globs: all}, want: fifteen},
		{name: "too old in PATH", search: search{path: pathOf(nine), globs: all}, want: hundred},
		{name: "broken in PATH", search: search{path: pathOf(broken, other), globs: all}, want: hundred},
		{name: "the one that made the data", search: search{globs: all}, major: 15, want: fifteen},
		{name: "PG_BINDIR before all", search: search{binDir: fifteen, path: pathOf(hundred), globs: all}, want: fifteen},
		{name: "nothing", search: search{path: pathOf()}, err: "no PostgreSQL found, 15 or newer is needed: install it (`apt install postgresql`"},
		{name: "only an old one", search: search{path: pathOf(nine)}, err: "15 or newer is needed (" + nine + " holds 9): install it"},
		{name: "not the one that made the data", search: search{globs: all}, major: 17, err: "exactly 17, which made the data, is needed"},
		{name: "PG_BINDIR is old", search: search{binDir: nine, globs: all}, err: "PG_BINDIR holds PostgreSQL 9, but 15 or newer is needed"},
		{name: "PG_BINDIR is wrong", search: search{binDir: root, globs: all}, err: "PG_BINDIR: look for initdb"},
		{name: "PG_BINDIR is something else", search: search{binDir: other}, err: `is not PostgreSQL: it says "something else\n"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.search.locate(t.Context(), tt.major)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			want, err := filepath.EvalSymlinks(tt.want)
			require.NoError(t, err)
			got.dir, err = filepath.EvalSymlinks(got.dir)
			require.NoError(t, err)
			require.Equal(t, want, got.dir)
		})
	}
}

// What a machine without Postgres gets to read, by the way that it takes.
func TestStartWithoutPostgres(t *testing.T) {
	t.Parallel()
	_, err := start(t.Context(), Options{}, search{path: t.TempDir()})
	require.ErrorContains(t, err, "set DATABASE_URL to a running server")
}
