// Package importer loads a company's data from CSV files into the database.
//
// The files are those of the user's own systems, so the importer is strict and
// says what it wants: unknown columns are refused by name, and every bad row is
// told by file, line and column, several at once. A run is one transaction: it
// is stored whole or not at all. A rerun updates what it names, and touches
// nothing else: suppliers by name, products by SKU, stock by SKU and place,
// sales by product, place and day (all prices of such a day are replaced), an
// order by its number (all its rows are replaced), people by phone number. It
// deletes no product, place, supplier or person.
//
// Rows are streamed by COPY into temporary tables and checked and stored by a
// few statements a file, so memory does not grow with the files.
package importer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ferry/app"
)

// DefaultLockWait is how long an import waits for another one of the same
// company to end.
const DefaultLockWait = 2 * time.Minute

// Stage says what an import is doing.
type Stage string

// The stages, in their order. An import waits only when another one of the
// same company is running.
const (
	StageWaiting  Stage = "waiting"
	StageReading  Stage = "reading"
	StageChecking Stage = "checking"
	StageStoring  Stage = "storing"
	StageFinished Stage = "finished"
)

// Progress is how far an import has come.
type Progress struct {
	Stage Stage
	File  string // the file being read or stored; "" when there is none
	Rows  int    // rows of File read so far
	Read  int64  // bytes read of all files
	Size  int64  // bytes of all files
}

// Options say what is imported.
type Options struct {
	Company  string        // its name; the company is made when it is new
	Dir      string        // the folder with the files
	TimeZone string        // IANA; "" leaves a known company's, and gives a new one UTC
	Currency string        // ISO 4217; "" leaves a known company's, and gives a new one GBP
	LockWait time.Duration // for another import of this company; 0 means DefaultLockWait
	// Progress, when set, is called from one goroutine at a time, a few hundred
	// times for a million rows, and must return quickly.
	Progress func(Progress)
}

// FileRows is how many rows of a file were imported.
type FileRows struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
}

// Summary is what an import did.
type Summary struct {
	NewCompany bool
	Files      []FileRows
	NewPlaces  []string // places that were made because a file names them, by name
	Ignored    []string // other .csv files of the folder: perhaps a misspelled name
	Elapsed    time.Duration
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// Import loads the CSV files of options.Dir into the database, which must be
// migrated. Its errors are of kind Invalid when the options or the files are at
// fault: with a *RefusedError in the chain when rows are. They are of kind Conflict
// when another import of the same company went on for longer than
// options.LockWait. Nothing is stored when it fails, except that an error with
// a Summary that has files means: stored, but the database's statistics are not
// refreshed.
func Import(ctx context.Context, databaseURL string, options Options) (Summary, error) {
	began := time.Now()
	options.Company = strings.TrimSpace(options.Company)
	if err := options.check(); err != nil {
		return Summary{}, err
	}
	if options.Progress == nil {
		options.Progress = func(Progress) {}
	}
	if options.LockWait == 0 {
		options.LockWait = DefaultLockWait
	}
	folder, err := openFolder(options.Dir)
	if err != nil {
		return Summary{}, err
	}
	defer folder.close()
	sql, err := loadStatements()
	if err != nil {
		return Summary{}, err
	}
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return Summary{}, app.Errorf(app.Unavailable, "connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is left to be done on the connection

	r := &run{options: options, folder: folder, sql: sql}
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return r.run(ctx, tx) }); err != nil {
		return Summary{}, err
	}
	_, err = conn.Exec(ctx, sql["analyze"])
	summary := r.summary
	summary.Elapsed = time.Since(began)
	if err != nil {
		return summary, fmt.Errorf("the import is stored, but its statistics are not: run ANALYZE in the database: %w", err)
	}
	options.Progress(Progress{Stage: StageFinished, Read: folder.size, Size: folder.size})
	return summary, nil
}

// check says what is wrong with the options.
func (o Options) check() error {
	switch {
	case o.Company == "":
		return app.Errorf(app.Invalid, "the company needs a name")
	case !utf8.ValidString(o.Company) || strings.ContainsFunc(o.Company, unicode.IsControl):
		return app.Errorf(app.Invalid, "the company's name is not plain text")
	case utf8.RuneCountInString(o.Company) > maxName:
		return app.Errorf(app.Invalid, "the company's name is longer than %d characters", maxName)
	case o.Currency != "" && !currencyPattern.MatchString(o.Currency):
		return app.Errorf(app.Invalid, "the currency %q is not an ISO 4217 code: want three capitals, such as GBP", o.Currency)
	}
	if o.TimeZone != "" {
		if _, complaint := zone(o.TimeZone); complaint != "" {
			return app.Errorf(app.Invalid, "the time zone %s", complaint)
		}
	}
	return nil
}

// isBusy says that err is a lock that was not given in time (SQLSTATE 55P03).
func isBusy(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && state.SQLState() == "55P03"
}
