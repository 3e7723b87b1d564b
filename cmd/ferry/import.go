package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"ferry/app"
	"ferry/sql/importer"
	"ferry/sql/migrations"
)

const importUsage = `Usage:
  ferry import --company NAME [--timezone ZONE] [--currency CODE] DIR

Loads a company's CSV files from the folder DIR. The company is made when it is
new; a rerun updates what the files name. Either all of it is stored or nothing:
each bad row is told by file, line and column.

  suppliers.csv        name, email, phone, lead_time_days, min_order, notes
  products.csv         sku, name, aliases (separated by ;), category, unit,
                       unit_cost, unit_price, supplier, lead_time_days,
                       reorder_point, safety_stock
  stock.csv            sku, location, quantity
  sales.csv            date, sku, location, quantity, unit_price
  purchase_orders.csv  number, supplier, sku, quantity, unit_cost, ordered_on,
                       expected_on, received_on, received_quantity
  users.csv            phone (E.164), name, email,
                       role (viewer|operator|manager|admin),
                       persona (streamliner|navigator|hub|spring|processor),
                       timezone (IANA), language (en|es|pt|hi)

The files are UTF-8 with a header row; columns go by name, in any order; days are
YYYY-MM-DD; decimals have a dot. Every file may be missing, and a later one may
refer to an earlier one or to what was imported before.

  --company NAME   the company's name
  --timezone ZONE  the company's IANA time zone (a new company: UTC)
  --currency CODE  the company's ISO 4217 currency (a new company: GBP)

DATABASE_URL names the database.
`

func importCommand() command {
	return command{
		name:    "import",
		summary: "load a company's products, stock, sales and people from CSV files",
		usage:   importUsage,
		run: func(ctx context.Context, args []string, env environment) error {
			return runImport(ctx, args, env.getenv, env.stdout, env.stderr)
		},
	}
}

// runImport is `ferry import`. Bad rows go to stderr, one a line.
func runImport(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	options, err := importOptions(args)
	if err != nil {
		return err
	}
	databaseURL, err := databaseURLFrom(getenv)
	if err != nil {
		return err
	}
	if err := migrations.Check(ctx, string(databaseURL)); err != nil {
		return err
	}
	display := newImportDisplay(stdout)
	options.Progress = display.show
	summary, err := importer.Import(ctx, string(databaseURL), options)
	display.close()
	var refused *importer.RefusedError
	if errors.As(err, &refused) {
		return tellRefused(refused, stderr)
	}
	if len(summary.Files) > 0 { // it is stored, whatever else went wrong
		if err := writeSummary(stdout, options.Company, summary); err != nil {
			return err
		}
	}
	var fault *app.Error
	if errors.As(err, &fault) {
		return fault.Err // its kind is for programs
	}
	return err
}

// importOptions reads the command line. Flags may follow the folder.
func importOptions(args []string) (importer.Options, error) {
	var o importer.Options
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Company, "company", "", "")
	flags.StringVar(&o.TimeZone, "timezone", "", "")
	flags.StringVar(&o.Currency, "currency", "", "")
	var folders []string
	for rest := args; ; {
		switch err := flags.Parse(rest); {
		case errors.Is(err, flag.ErrHelp):
			return o, err
		case err != nil:
			return o, usagef("%v", err)
		}
		if flags.NArg() == 0 {
			break
		}
		folders, rest = append(folders, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case strings.TrimSpace(o.Company) == "":
		return o, usagef("say whose data it is: --company NAME")
	case len(folders) == 0:
		return o, usagef("name the folder with the CSV files")
	case len(folders) > 1:
		return o, usagef("want one folder, not %d: %s", len(folders), strings.Join(folders, ", "))
	}
	o.Dir = folders[0]
	return o, nil
}

// tellRefused writes what is wrong with the files and returns the error that
// sums it up.
func tellRefused(refused *importer.RefusedError, stderr io.Writer) error {
	var b strings.Builder
	for _, problem := range refused.Problems {
		b.WriteString(problem.String() + "\n")
	}
	if rest := refused.Unlisted(); rest > 0 {
		fmt.Fprintf(&b, "and %s more\n", grouped(rest))
	}
	if _, err := io.WriteString(stderr, b.String()); err != nil {
		return fmt.Errorf("write the problems: %w", err)
	}
	if refused.Total == 1 {
		return errors.New("nothing was imported: mend the problem above and run it again")
	}
	return fmt.Errorf("nothing was imported: mend the %s problems above and run it again", grouped(refused.Total))
}

// writeSummary tells what was imported.
func writeSummary(w io.Writer, company string, s importer.Summary) error {
	var b strings.Builder
	made := ""
	if s.NewCompany {
		made = ", a new company"
	}
	fmt.Fprintf(&b, "imported %s%s, in %.1f s\n", strings.TrimSpace(company), made, s.Elapsed.Seconds())
	for _, file := range s.Files {
		fmt.Fprintf(&b, "  %-20s %14s\n", file.File, counted(file.Rows, "row"))
	}
	if len(s.NewPlaces) > 0 {
		fmt.Fprintf(&b, "new places: %s\n", listed(s.NewPlaces))
	}
	if len(s.Ignored) > 0 {
		fmt.Fprintf(&b, "ignored, because their names are not those of an import: %s\n", listed(s.Ignored))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// maxListed is how many names a line of the summary holds.
const maxListed = 10

func listed(names []string) string {
	if rest := len(names) - maxListed; rest > 0 {
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %s more", grouped(rest))
	}
	return strings.Join(names, ", ")
}

// counted writes "1 row", "2 rows".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with a comma between thousands.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// seconds writes a duration that a person waits for.
func seconds(d time.Duration) string { return fmt.Sprintf("%d s", int(d.Seconds())) }
