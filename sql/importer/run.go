package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ferry/app"
)

// progressRows is how many rows are read between two calls of Progress.
const progressRows = 4096

// step is one statement that stores something, and the file that it is for.
// Steps of the file "" are always taken.
type step struct {
	file      string
	statement string
}

// steps are in the order in which rows refer to each other, but for stock,
// which is last: people change it by chat, and they wait for rows that an
// import has written until it commits.
func steps() []step {
	return []step{
		{"", "make_agents"},
		{"suppliers.csv", "apply_suppliers"},
		{"products.csv", "apply_products"},
		{"", "make_locations"},
		{"", "resolve_locations"},
		{"sales.csv", "resolve_sales"},
		{"sales.csv", "fill_sales_days"},
		{"sales.csv", "analyze_sales_days"},
		{"sales.csv", "delete_sales"},
		{"sales.csv", "update_sales"},
		{"sales.csv", "insert_sales"},
		{"purchase_orders.csv", "apply_purchase_orders"},
		{"purchase_orders.csv", "delete_purchase_order_lines"},
		{"purchase_orders.csv", "apply_purchase_order_lines"},
		{"purchase_orders.csv", "settle_purchase_orders"},
		{"users.csv", "apply_users"},
		{"stock.csv", "apply_stock"},
	}
}

// run is one import on its way.
type run struct {
	options  Options
	folder   *folder
	sql      statements
	company  uuid.UUID
	summary  Summary
	problems problems
	read     int64               // bytes of the files that were read to their end
	given    map[string][]string // the columns of each file
	lost     map[string]bool     // files of which rows could not be staged
}

// run does the whole import in tx.
func (r *run) run(ctx context.Context, tx pgx.Tx) error {
	r.given, r.lost = make(map[string][]string), make(map[string]bool)
	r.summary.Ignored = r.folder.ignored
	if err := r.begin(ctx, tx); err != nil {
		return err
	}
	for _, t := range tables() {
		if err := r.stage(ctx, tx, t); err != nil {
			return err
		}
	}
	r.tell(StageChecking, "", 0)
	if err := r.check(ctx, tx); err != nil {
		return err
	}
	if refusal := r.problems.refusal(); refusal != nil {
		return &app.Error{Kind: app.Invalid, Err: refusal}
	}
	return r.store(ctx, tx)
}

// begin locks the company against other imports, finds or makes it, and makes
// the staging tables.
func (r *run) begin(ctx context.Context, tx pgx.Tx) error {
	wait := strconv.FormatInt(r.options.LockWait.Milliseconds(), 10)
	if _, err := tx.Exec(ctx, r.sql["settings"], wait); err != nil {
		return fmt.Errorf("set up the import: %w", err)
	}
	if err := r.lock(ctx, tx); err != nil {
		return err
	}
	made, err := tx.Exec(ctx, r.sql["make_company"], r.options.Company)
	if err != nil {
		return fmt.Errorf("make the company: %w", err)
	}
	r.summary.NewCompany = made.RowsAffected() == 1
	if err := tx.QueryRow(ctx, r.sql["find_company"], r.options.Company).Scan(&r.company); err != nil {
		return fmt.Errorf("find the company: %w", err)
	}
	for _, name := range []string{
		"stage_suppliers", "stage_products", "stage_stock", "stage_sales",
		"stage_purchase_orders", "stage_users", "stage_problems",
	} {
		if _, err := r.sql.exec(ctx, tx, name, scope{}); err != nil {
			return err
		}
	}
	return nil
}

// lock waits, not for ever, until no other import of the company runs.
func (r *run) lock(ctx context.Context, tx pgx.Tx) error {
	var free bool
	if err := tx.QueryRow(ctx, r.sql["try_lock"], r.options.Company).Scan(&free); err != nil {
		return fmt.Errorf("lock the company: %w", err)
	}
	if free {
		return nil
	}
	r.tell(StageWaiting, "", 0)
	_, err := tx.Exec(ctx, r.sql["lock"], r.options.Company)
	if isBusy(err) {
		return app.Errorf(app.Conflict,
			"another import of this company has been running for more than %s: wait for it to end, then run this one again", r.options.LockWait)
	}
	if err != nil {
		return fmt.Errorf("lock the company: %w", err)
	}
	return nil
}

// stage copies the rows of one file to its staging table.
func (r *run) stage(ctx context.Context, tx pgx.Tx, t table) error {
	file, exists := r.folder.files[t.file]
	if !exists {
		return nil
	}
	r.tell(StageReading, t.file, 0)
	rows, err := newReader(t, file, &r.problems)
	if err != nil {
		return err
	}
	if rows == nil { // the header has problems
		r.lost[t.file] = true
		return nil
	}
	source := &copySource{rows: rows, values: make([]any, len(t.columns)+1), progress: func(n int) {
		r.tell(StageReading, t.file, n, rows.bound.given)
	}}
	n, err := tx.CopyFrom(ctx, pgx.Identifier{t.staging}, t.stagingColumns(), source)
	if err != nil {
		return fmt.Errorf("copy %s: %w", t.file, err)
	}
	r.read += rows.bound.given
	r.tell(StageReading, t.file, int(n))
	r.given[t.file] = rows.given()
	r.lost[t.file] = rows.keyLost
	r.summary.Files = append(r.summary.Files, FileRows{File: t.file, Rows: int(n)})
	return nil
}

// check adds to the problems what is wrong between rows. A file is not checked
// when rows of another that it refers to could not be read: it would be blamed
// for what they lack.
func (r *run) check(ctx context.Context, tx pgx.Tx) error {
	if _, err := r.sql.exec(ctx, tx, "analyze_staging", scope{}); err != nil {
		return err
	}
	for _, t := range tables() {
		blind := slices.ContainsFunc(t.refers, func(file string) bool { return r.lost[file] })
		if _, read := r.given[t.file]; !read || blind {
			continue
		}
		if _, err := r.sql.exec(ctx, tx, t.check, r.scope(t.file)); err != nil {
			return err
		}
	}
	return r.collect(ctx, tx)
}

// collect reads what the checks found.
func (r *run) collect(ctx context.Context, tx pgx.Tx) error {
	var total int
	if err := tx.QueryRow(ctx, r.sql["count_problems"]).Scan(&total); err != nil {
		return fmt.Errorf("count the problems: %w", err)
	}
	before := r.problems.total
	rows, err := tx.Query(ctx, r.sql["problems"], MaxProblems)
	if err != nil {
		return fmt.Errorf("read the problems: %w", err)
	}
	var p Problem
	var lines []int
	_, err = pgx.ForEachRow(rows, []any{&p.File, &p.Column, &lines, &p.Rows, &p.Text}, func() error {
		found := p
		found.Line, found.Also = lines[0], slices.Clone(lines[1:])
		r.problems.add(found)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the problems: %w", err)
	}
	r.problems.total = before + total
	return nil
}

// store takes the steps that the files ask for, and notes that it was done.
func (r *run) store(ctx context.Context, tx pgx.Tx) error {
	before, err := r.places(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range steps() {
		if _, read := r.given[s.file]; s.file != "" && !read {
			continue
		}
		r.tell(StageStoring, s.file, 0)
		stored, err := r.sql.exec(ctx, tx, s.statement, r.scope(s.file))
		if err != nil {
			return err
		}
		if s.statement == "apply_users" && int(stored.RowsAffected()) != r.rowsOf(s.file) {
			return r.refuseUsers(ctx, tx)
		}
	}
	after, err := r.places(ctx, tx)
	if err != nil {
		return err
	}
	r.summary.NewPlaces = slices.DeleteFunc(after, func(name string) bool { return slices.Contains(before, name) })
	return r.note(ctx, tx)
}

// refuseUsers tells which numbers another company took between the check and
// now.
func (r *run) refuseUsers(ctx context.Context, tx pgx.Tx) error {
	if _, err := r.sql.exec(ctx, tx, "check_users", r.scope("users.csv")); err != nil {
		return err
	}
	if err := r.collect(ctx, tx); err != nil {
		return err
	}
	if refusal := r.problems.refusal(); refusal != nil {
		return &app.Error{Kind: app.Invalid, Err: refusal}
	}
	return errors.New("store users: rows are missing")
}

// note raises the version of the catalogue and writes the audit record.
func (r *run) note(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, r.sql["touch_company"], r.company, r.options.TimeZone, r.options.Currency); err != nil {
		return fmt.Errorf("raise the catalogue's version: %w", err)
	}
	details, err := json.Marshal(map[string]any{"files": r.summary.Files})
	if err != nil {
		return fmt.Errorf("describe the import: %w", err)
	}
	if _, err := tx.Exec(ctx, r.sql["audit"], r.company, details); err != nil {
		return fmt.Errorf("write the audit record: %w", err)
	}
	return nil
}

// places lists the company's locations by name.
func (r *run) places(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, r.sql["locations_of"], r.company)
	if err != nil {
		return nil, fmt.Errorf("list the places: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list the places: %w", err)
	}
	return names, nil
}

func (r *run) rowsOf(file string) int {
	i := slices.IndexFunc(r.summary.Files, func(f FileRows) bool { return f.File == file })
	return r.summary.Files[i].Rows
}

func (r *run) scope(file string) scope {
	return scope{company: r.company, given: r.given[file]}
}

// tell reports progress; bytes are those read of the file at hand.
func (r *run) tell(stage Stage, file string, rows int, bytes ...int64) {
	p := Progress{Stage: stage, File: file, Rows: rows, Read: r.read, Size: r.folder.size}
	for _, n := range bytes {
		p.Read += n
	}
	r.options.Progress(p)
}

// copySource feeds the rows of a file to COPY; it is a pgx.CopyFromSource.
type copySource struct {
	rows     *reader
	values   []any // of one row, used again for the next
	n        int
	err      error
	progress func(rows int)
}

// Next reads a row.
func (s *copySource) Next() bool {
	var more bool
	more, s.err = s.rows.next(s.values)
	if more {
		if s.n++; s.n%progressRows == 0 {
			s.progress(s.n)
		}
	}
	return more
}

// Values gives the row's line and cells.
func (s *copySource) Values() ([]any, error) { return s.values, nil }

// Err tells why Next stopped, nil at the end of the file.
func (s *copySource) Err() error { return s.err }
