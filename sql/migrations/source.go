package migrations

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/golang-migrate/migrate/v4/source"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var own embed.FS

// riverVersion maps a number of our history to the River version that it
// applies. River's SQL is read from the river module at run time, so that it is
// neither copied here nor able to drift from the River that is linked in.
//
// A River release that adds a version makes a test fail. Give the version the
// next free number of the history, never one below the newest: golang-migrate
// silently skips a number that a database has already passed. Give the number
// after it to a file that records the version, as 000009 does for these.
//
// Each version needs its own number, because one number is one transaction and
// Postgres refuses to use an enum value in the transaction that added it (55P04).
var riverVersion = map[uint]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8}

// riverSchemaMarker stands in River's SQL where a schema name may go. Without
// it the tables land in the first schema of search_path, beside ours.
const riverSchemaMarker = "/* TEMPLATE: schema */"

// history is the source that golang-migrate reads: our files and River's, in
// one numbered sequence.
type history struct {
	index *source.Migrations
	files map[string]string // file name -> SQL
}

var _ source.Driver = history{}

func newHistory() (history, error) {
	h := history{index: source.NewMigrations(), files: make(map[string]string)}
	if err := h.addOwn(); err != nil {
		return history{}, err
	}
	if err := h.addRiver(); err != nil {
		return history{}, err
	}
	return h, nil
}

func (h history) addOwn() error {
	names, err := fs.Glob(own, "*.sql")
	if err != nil {
		return fmt.Errorf("list embedded migrations: %w", err)
	}
	for _, name := range names {
		sql, err := own.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read embedded migration %s: %w", name, err)
		}
		if err := h.add(name, string(sql)); err != nil {
			return err
		}
	}
	return nil
}

func (h history) addRiver() error {
	river, err := riverMigrator()
	if err != nil {
		return err
	}
	for number, version := range riverVersion {
		m, err := river.GetVersion(version)
		if err != nil {
			return fmt.Errorf("look up River's migration: %w", err)
		}
		for direction, sql := range map[source.Direction]string{source.Up: m.SQLUp, source.Down: m.SQLDown} {
			name := fmt.Sprintf("%06d_river_%d.%s.sql", number, version, direction)
			if err := h.add(name, strings.ReplaceAll(sql, riverSchemaMarker, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h history) add(name, sql string) error {
	m, err := source.DefaultParse(name)
	if err != nil {
		return fmt.Errorf("name of migration %s: want 000000_what.up.sql or .down.sql: %w", name, err)
	}
	if !h.index.Append(m) {
		return fmt.Errorf("migration %s: its number is taken", name)
	}
	h.files[name] = sql
	return nil
}

// riverMigrator knows River's migrations. Without a pool it can read them and
// validate inside a transaction, which is all that is asked of it.
func riverMigrator() (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("load River's migrations: %w", err)
	}
	return m, nil
}

// latest is the newest number; 0 for an empty history.
func (h history) latest() uint {
	var newest uint
	for v, ok := h.index.First(); ok; v, ok = h.index.Next(v) {
		newest = v
	}
	return newest
}

// has says that v is a number of the history.
func (h history) has(v uint) bool {
	_, ok := h.index.Up(v)
	return ok
}

// fingerprint changes whenever a migration does.
func (h history) fingerprint() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(h.files)) {
		_, _ = fmt.Fprintf(sum, "%s\x00%s\x00", name, h.files[name]) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Open implements source.Driver. Nothing opens a history by URL.
func (h history) Open(string) (source.Driver, error) { return h, nil }

// Close implements source.Driver.
func (h history) Close() error { return nil }

// First implements source.Driver.
func (h history) First() (uint, error) { return found(h.index.First()) }

// Prev implements source.Driver.
func (h history) Prev(version uint) (uint, error) { return found(h.index.Prev(version)) }

// Next implements source.Driver.
func (h history) Next(version uint) (uint, error) { return found(h.index.Next(version)) }

// ReadUp implements source.Driver.
func (h history) ReadUp(version uint) (io.ReadCloser, string, error) {
	return h.read(h.index.Up(version))
}

// ReadDown implements source.Driver.
func (h history) ReadDown(version uint) (io.ReadCloser, string, error) {
	return h.read(h.index.Down(version))
}

func (h history) read(m *source.Migration, ok bool) (io.ReadCloser, string, error) {
	if !ok {
		return nil, "", fs.ErrNotExist
	}
	return io.NopCloser(strings.NewReader(h.files[m.Raw])), m.Identifier, nil
}

// found turns the absence of a version into the error that golang-migrate
// recognises as the end of the history.
func found(version uint, ok bool) (uint, error) {
	if !ok {
		return 0, fs.ErrNotExist
	}
	return version, nil
}
