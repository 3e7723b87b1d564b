package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first Postgres that knows everything the migrations use
// (UNIQUE … NULLS NOT DISTINCT).
const oldest = 15

// installation is a folder with the server's programs.
type installation struct {
	dir   string
	major int
}

// search says where to look for an installation.
type search struct {
	binDir string   // PG_BINDIR: when set, the only place
	path   string   // PATH
	globs  []string // where packages put the programs, which is seldom in PATH
}

func defaultSearch() search {
	return search{
		binDir: os.Getenv("PG_BINDIR"),
		path:   os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
			"/usr/pgsql-*/bin",                   // Red Hat, Fedora
			"/usr/libexec/postgresql*",           // Alpine
			"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
			"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
			"/Applications/Postgres.app/Contents/Versions/*/bin",
		},
	}
}

// locate finds an installation: the one of PG_BINDIR, else the first in PATH,
// else the newest of the packages'. A major of 0 takes any from oldest on.
func (s search) locate(ctx context.Context, major int) (installation, error) {
	if s.binDir != "" {
		found, err := inspect(ctx, s.binDir)
		if err != nil {
			return installation{}, fmt.Errorf("PG_BINDIR: %w", err)
		}
		if !found.suits(major) {
			return installation{}, fmt.Errorf("PG_BINDIR holds PostgreSQL %d, but %s is needed", found.major, needed(major))
		}
		return found, nil
	}
	var refused []string
	for _, found := range s.candidates(ctx) {
		if found.suits(major) {
			return found, nil
		}
		refused = append(refused, fmt.Sprintf("%s holds %d", found.dir, found.major))
	}
	if err := ctx.Err(); err != nil { // it kept them from telling their version
		return installation{}, fmt.Errorf("look for PostgreSQL: %w", err)
	}
	return installation{}, notFound(major, refused)
}

// candidates lists the installations of PATH in its order, then those of the
// packages, newest first by number (9 comes after 15).
func (s search) candidates(ctx context.Context) []installation {
	var inPath, packaged []installation
	for _, dir := range filepath.SplitList(s.path) {
		// A link in PATH leads to the folder that holds the other programs too.
		program, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb"))
		if err != nil {
			continue
		}
		if found, err := inspect(ctx, filepath.Dir(program)); err == nil {
			inPath = append(inPath, found)
		}
	}
	for _, glob := range s.globs {
		dirs, err := filepath.Glob(glob)
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if found, err := inspect(ctx, dir); err == nil {
				packaged = append(packaged, found)
			}
		}
	}
	slices.SortStableFunc(packaged, func(a, b installation) int { return cmp.Compare(b.major, a.major) })
	return append(inPath, packaged...)
}

func (i installation) suits(major int) bool {
	return i.major >= oldest && (major == 0 || i.major == major)
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect checks that dir holds the programs and asks them for their version.
func inspect(ctx context.Context, dir string) (installation, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return installation{}, fmt.Errorf("look for initdb: %w", err)
	}
	answer, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output() //nolint:gosec // the folder is where the machine, or its user, keeps Postgres
	if err != nil {
		return installation{}, fmt.Errorf("ask postgres for its version: %w", err)
	}
	digits := versionPattern.FindSubmatch(answer)
	if digits == nil {
		return installation{}, fmt.Errorf("%s/postgres is not PostgreSQL: it says %q", dir, answer)
	}
	major, err := strconv.Atoi(string(digits[1]))
	if err != nil {
		return installation{}, fmt.Errorf("read the version of %s/postgres: %w", dir, err)
	}
	return installation{dir: dir, major: major}, nil
}

func needed(major int) string {
	if major == 0 {
		return fmt.Sprintf("%d or newer", oldest)
	}
	return fmt.Sprintf("exactly %d, which made the data,", major)
}

func notFound(major int, refused []string) error {
	text := fmt.Sprintf("no PostgreSQL found, %s is needed", needed(major))
	if len(refused) > 0 {
		text += " (" + strings.Join(refused, ", ") + ")"
	}
	return errors.New(text + ": install it (`apt install postgresql`, `brew install postgresql@16`)," +
		" or set PG_BINDIR to the folder of its initdb, or set DATABASE_URL to a running server")
}
