package migrations

import (
	"errors"
	"fmt"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
)

// explain turns the error of a step into one to act on.
func (m *migrator) explain(direction source.Direction, err error) error {
	var dirty migrate.ErrDirty
	if errors.As(err, &dirty) { // another process failed while this one waited
		return m.history.dirtyError(dirty.Version)
	}
	at, isDirty, versionErr := m.driver.Version()
	switch {
	case versionErr != nil:
		return errors.Join(brief(err), brief(versionErr))
	case isDirty && direction == source.Up:
		below, _ := m.history.around(at)
		return fmt.Errorf("apply version %d: %w; when the cause is mended, 'ferry migrate force %d' and try again", at, brief(err), below)
	case isDirty:
		_, above := m.history.around(at)
		return fmt.Errorf("take back version %d: %w; when the cause is mended, 'ferry migrate force %d' and try again", above, brief(err), above)
	}
	return brief(err)
}

// dirtyError tells a person what to do about a migration that failed. A file is
// one transaction, so that the tables are as they were before it: at the
// version below when it was being applied, at the one above when taken back.
func (h history) dirtyError(at int) error {
	if at != database.NilVersion && !h.has(uint(at)) {
		return h.unknownError(at)
	}
	below, above := h.around(at)
	advice := fmt.Sprintf("'ferry migrate force %d'", below)
	switch {
	case at == database.NilVersion:
		at, advice = 0, fmt.Sprintf("'ferry migrate force %d'", above)
	case above > 0:
		advice += fmt.Sprintf(" (or 'force %d' if it was 'down' that failed)", above)
	}
	return fmt.Errorf("version %d of the database is dirty, the migration to it failed: look at the tables, then %s", at, advice)
}

// around gives the numbers below and above at; 0 where there is none.
func (h history) around(at int) (below, above uint) {
	if at == database.NilVersion {
		first, _ := h.index.First()
		return 0, first
	}
	below, _ = h.index.Prev(uint(at))
	above, _ = h.index.Next(uint(at))
	return below, above
}

// unknownError is about a version that this binary's history does not have:
// most likely a newer binary's.
func (h history) unknownError(at int) error {
	if latest := h.latest(); at > int(latest) {
		return fmt.Errorf("the database is at version %d, newer than this ferry, which knows up to %d: run the newer ferry", at, latest)
	}
	return fmt.Errorf("the database is at version %d, which no ferry ever made: look at its tables, then 'ferry migrate force' the right one", at)
}

// brief drops the whole SQL file that golang-migrate puts into its errors, and
// says in words what a lock that was waited for in vain means.
func brief(err error) error {
	var pgErr *pgconn.PgError
	if errors.As(cause(err), &pgErr) && pgErr.Code == pgerrcode.LockNotAvailable {
		return fmt.Errorf("another migration, or a transaction, holds a lock that is needed: try again when it is done: %w", pgErr)
	}
	return cause(err)
}

// cause unwraps golang-migrate's database.Error, which comes as a value and as
// a pointer and does not unwrap itself.
func cause(err error) error {
	var value database.Error
	if errors.As(err, &value) {
		return located(value)
	}
	var pointer *database.Error
	if errors.As(err, &pointer) {
		return located(*pointer)
	}
	return err
}

// located names the line in the file, when Postgres pointed at one.
func located(e database.Error) error {
	var pgErr *pgconn.PgError
	if errors.As(e.OrigErr, &pgErr) && pgErr.Position > 0 {
		return fmt.Errorf("line %d: %w", e.Line, e.OrigErr)
	}
	return e.OrigErr
}
