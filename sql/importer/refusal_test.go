package importer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

// refusal imports the files into db, which is empty, requires that they are
// refused and that nothing was stored, and returns the refusal. Tests may share
// the database: each imports for a company of its own.
func refusal(t *testing.T, db string, f files) *importer.RefusedError {
	t.Helper()
	_, err := load(t, db, t.Name(), f)
	var refused *importer.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, app.Invalid, app.KindOf(err))
	require.Zero(t, one[int](t, db, `SELECT (SELECT count(*) FROM companies) + (SELECT count(*) FROM audit_log)`))
	return refused
}

// lines writes the problems one a line.
func lines(refused *importer.RefusedError) string {
	var b strings.Builder
	for _, p := range refused.Problems {
		b.WriteString(p.String() + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// TestImportRefusesRows is about rows that contradict each other.
func TestImportRefusesRows(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	const orders = "number,supplier,sku,quantity,ordered_on,expected_on,received_on,received_quantity\n"
	tests := []struct {
		name, file, content, want string
	}{
		{"supplier twice", "suppliers.csv", "name\nHill Farms\nTea & Co\nHill Farms\n", `suppliers.csv:4: column name: "Hill Farms" is there already, on line 2`},
		{
			"SKU three times", "products.csv", "sku,name\nCOF-001,A\nTEA-001,B\nCUP-001,C\nCOF-001,D\nCOF-001,E\n",
			`products.csv:5: column sku: "COF-001" is there already, on line 2 (also line 6)`,
		},
		{
			"unknown supplier of a product", "products.csv", "sku,name,supplier\nCOF-001,A,hill farms\nTEA-001,B,Tea & Co\nCUP-001,C,\n",
			`products.csv:2: column supplier: no supplier is called "hill farms": add it to suppliers.csv, or mend the name`,
		},
		{
			"unknown SKU in stock", "stock.csv", "sku,location,quantity\nCOF-001,Leeds,1\ncof-001,Leeds,1\n",
			`stock.csv:3: column sku: no product has the SKU "cof-001": add it to products.csv, or mend the spelling`,
		},
		{
			"place twice", "stock.csv", "sku,location,quantity\nCOF-001,Leeds,1\nTEA-001,Leeds,1\nCOF-001,LEEDS,2\n",
			`stock.csv:4: column location: "LEEDS" has a quantity of "COF-001" already, on line 2`,
		},
		{
			"negative stock", "stock.csv", "sku,location,quantity\nCOF-001,Leeds,-1\n",
			`stock.csv:2: column quantity: "-1" is too small: want at least 0`,
		},
		{
			"unknown SKU in sales, many times", "sales.csv", "date,sku,location,quantity,unit_price\n" +
				strings.Repeat("2026-07-01,NOPE,Leeds,1,1\n", 9) + "2026-07-01,COF-001,Leeds,1,1\n",
			`sales.csv:2: column sku: no product has the SKU "NOPE": add it to products.csv, or mend the spelling (also line 3, 4, 5, 6, 7 and 3 more)`,
		},
		{
			"sales beyond an integer", "sales.csv", "date,sku,location,quantity,unit_price\n" +
				"2026-07-01,COF-001,Leeds,2147483647,1\n2026-07-01,COF-001,leeds,1,1.00\n2026-07-02,COF-001,leeds,1,1.00\n",
			"sales.csv:2: column quantity: the quantities of this day, place and price add up to more than 2147483647 (also line 3)",
		},
		{
			"order's SKU and supplier", "purchase_orders.csv", orders + "P,Nobody,NOPE,1,2026-07-01,,,\n",
			`purchase_orders.csv:2: column sku: no product has the SKU "NOPE": add it to products.csv, or mend the spelling` + "\n" +
				`purchase_orders.csv:2: column supplier: no supplier is called "Nobody": add it to suppliers.csv, or mend the name`,
		},
		{
			"order's row twice", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-01,,,\nP,Tea & Co,TEA-001,2,2026-07-01,,,\n",
			`purchase_orders.csv:3: column sku: order "P" has a row for "TEA-001" already, on line 2`,
		},
		{
			"order of two suppliers", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-01,,,\nP,Hill Farms,COF-001,2,2026-07-01,,,\n",
			`purchase_orders.csv:3: column supplier: order "P" has another supplier on line 2: want one supplier an order`,
		},
		{
			"order of two days", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-01,,,\nP,Tea & Co,COF-001,2,2026-07-02,,,\n",
			`purchase_orders.csv:3: column ordered_on: order "P" has another day on line 2: want one day an order`,
		},
		{
			"order's days", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-02,2026-07-01,2026-07-01,1\n",
			"purchase_orders.csv:2: column expected_on: is before ordered_on\npurchase_orders.csv:2: column received_on: is before ordered_on",
		},
		{
			"received without a day", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-02,,,1\n",
			"purchase_orders.csv:2: column received_on: is empty though something was received: want its day",
		},
		{
			"received nothing on a day", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,1,2026-07-02,,2026-07-03,0\n",
			"purchase_orders.csv:2: column received_quantity: is 0 though received_on has a day: want the quantity, or nothing when all of it came",
		},
		{
			"order of nothing", "purchase_orders.csv", orders + "P,Tea & Co,TEA-001,0,2026-07-02,,,\n",
			`purchase_orders.csv:2: column quantity: "0" is too small: want at least 1`,
		},
		{
			"phone twice", "users.csv", "phone,name\n+447700900101,A\n+447700900102,B\n+447700900101,C\n",
			"users.csv:4: column phone: is the same number as on line 2",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, lines(refusal(t, db, shop().with(test.file, test.content))))
		})
	}
}

func TestImportTellsSeveralProblems(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	t.Run("of several files, in order", func(t *testing.T) {
		t.Parallel()
		f := shop().with("users.csv", "phone,role\n+447700900101,boss\n").
			with("stock.csv", "sku,location,quantity\nCOF-001,Leeds,1\nNOPE,Leeds,1\n").
			with("products.csv", "sku,name,unit_cost\nCOF-001,A,x\nTEA-001,,y\nCUP-001,C,\n")
		require.Equal(t, `products.csv:2: column unit_cost: "x" is not a decimal number: want digits with a dot, such as 4.20
products.csv:3: column name: is empty
products.csv:3: column unit_cost: "y" is not a decimal number: want digits with a dot, such as 4.20
stock.csv:3: column sku: no product has the SKU "NOPE": add it to products.csv, or mend the spelling
users.csv:2: column role: "boss" is not a role: want viewer, operator, manager or admin`, lines(refusal(t, db, f)))
	})
	t.Run("and counts the rest", func(t *testing.T) {
		t.Parallel()
		refused := refusal(t, db, files{"products.csv": "sku,name,safety_stock\n" + numbered("P%d,A,x\n", 1000)})
		require.Len(t, refused.Problems, importer.MaxProblems)
		require.Equal(t, 1000, refused.Total)
		require.Equal(t, 980, refused.Unlisted())
		require.Equal(t, `nothing was imported: 1000 problems, the first: products.csv:2: column safety_stock: "x" is not a whole number: want digits only, such as 40`,
			refused.Error())
	})
	t.Run("found by the database too", func(t *testing.T) {
		t.Parallel()
		refused := refusal(t, db, files{"products.csv": "sku,name,supplier\n" + numbered("P%d,A,S%[1]d\n", 1000)})
		require.Len(t, refused.Problems, importer.MaxProblems)
		require.Equal(t, 980, refused.Unlisted())
	})
	t.Run("without blaming what refers to a row that could not be read", func(t *testing.T) {
		t.Parallel()
		f := shop().with("products.csv", "sku,name\nCOF-001,A,too much\nTEA-001,B\nCUP-001,C\n")
		require.Equal(t, "products.csv:2: has 3 cells, the header row has 2", lines(refusal(t, db, f)))
	})
}

// numbered repeats a format with the numbers from 1 to n.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1)
	}
	return b.String()
}

func TestImportRefusesAnotherCompanysPhone(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "First", shop())
	_, err := load(t, db, "Second", files{"users.csv": "phone,role\n+447700900777,viewer\n+447700900102,admin\n"})
	var refused *importer.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "users.csv:3: column phone: this number belongs to another company", lines(refused))
	require.NotContains(t, err.Error(), "First")
	require.NotContains(t, err.Error(), "900102")
	require.Equal(t, shopContents, contentsOf(t, db, "First"))
}

// TestImportLosesRaceForPhone has another company take a number after the
// check, while the import waits to write it.
func TestImportLosesRaceForPhone(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "First", files{"products.csv": "sku,name\nA,Apple\n"})
	rival := connect(t, db)
	tx, err := rival.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO profiles (company_id, phone_number) SELECT id, '+447700900102' FROM companies`)
	require.NoError(t, err)

	done := make(chan error, 1)
	dir := shop().folder(t)
	go func() {
		_, err := importer.Import(context.WithoutCancel(t.Context()), db, importer.Options{Company: "Second", Dir: dir})
		done <- err
	}()
	awaitLock(t, db)
	require.NoError(t, tx.Commit(t.Context()))
	require.ErrorContains(t, <-done, "users.csv:3: column phone: this number belongs to another company")
	require.Empty(t, contentsOf(t, db, "Second"))
}

// awaitLock waits until a backend of the database waits for a lock.
func awaitLock(t *testing.T, db string) {
	t.Helper()
	conn := connect(t, db)
	require.Eventually(t, func() bool {
		var waiting bool
		err := conn.QueryRow(t.Context(),
			`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		return err == nil && waiting
	}, 20*time.Second, 5*time.Millisecond)
}

// TestImportOneAtATime holds a company's lock as another import would.
func TestImportOneAtATime(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	holder := connect(t, db)
	tx, err := holder.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(hashtextextended('ferry import Shop', 0))`)
	require.NoError(t, err)
	dir := shop().folder(t)

	mustLoad(t, db, "Other", files{"products.csv": "sku,name\nA,Apple\n"}) // is not held up

	_, err = importer.Import(t.Context(), db, importer.Options{Company: "Shop", Dir: dir, LockWait: 20 * time.Millisecond})
	require.Equal(t, app.Conflict, app.KindOf(err))
	require.ErrorContains(t, err, "another import of this company has been running for more than 20ms")

	waiting, done := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := importer.Import(context.WithoutCancel(t.Context()), db, importer.Options{
			Company: "Shop", Dir: dir, LockWait: time.Minute,
			Progress: func(p importer.Progress) {
				if p.Stage == importer.StageWaiting {
					close(waiting)
				}
			},
		})
		done <- err
	}()
	<-waiting
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-done)
	require.Equal(t, shopContents, contentsOf(t, db, "Shop"))
}

func TestImportRefusesOptions(t *testing.T) {
	t.Parallel()
	dir := files{"products.csv": "sku,name\nA,Apple\n"}.folder(t)
	tests := []struct {
		name    string
		options importer.Options
		want    string
	}{
		{"no company", importer.Options{Company: " ", Dir: dir}, "the company needs a name"},
		{"company of two lines", importer.Options{Company: "a\nb", Dir: dir}, "the company's name is not plain text"},
		{"long company", importer.Options{Company: strings.Repeat("x", 201), Dir: dir}, "longer than 200 characters"},
		{"time zone", importer.Options{Company: "A", Dir: dir, TimeZone: "Mars/Base"}, `the time zone "Mars/Base" is not a time zone: want an IANA name`},
		{"currency", importer.Options{Company: "A", Dir: dir, Currency: "pounds"}, `the currency "pounds" is not an ISO 4217 code`},
		{"no folder", importer.Options{Company: "A", Dir: filepath.Join(dir, "nowhere")}, "no such file or directory"},
		{"a file for a folder", importer.Options{Company: "A", Dir: filepath.Join(dir, "products.csv")}, "not a directory"},
		{
			"an empty folder",
			importer.Options{Company: "A", Dir: t.TempDir()},
			"has none of the files of an import: want one or more of suppliers.csv, products.csv, stock.csv, sales.csv, purchase_orders.csv, users.csv",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := importer.Import(t.Context(), "postgres://nobody@127.0.0.1:1/nothing", test.options)
			require.Equal(t, app.Invalid, app.KindOf(err))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestImportRefusesOddFiles(t *testing.T) {
	t.Parallel()
	const nowhere = "postgres://nobody@127.0.0.1:1/nothing"
	t.Run("a folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "products.csv"), 0o700))
		_, err := importer.Import(t.Context(), nowhere, importer.Options{Company: "A", Dir: dir})
		require.ErrorContains(t, err, "products.csv is a folder: want a CSV file")
	})
	t.Run("a device", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.Symlink(os.DevNull, filepath.Join(dir, "products.csv")))
		_, err := importer.Import(t.Context(), nowhere, importer.Options{Company: "A", Dir: dir})
		require.ErrorContains(t, err, "products.csv is not a regular file: want a CSV file")
	})
	t.Run("a link that leads nowhere", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "products.csv")))
		_, err := importer.Import(t.Context(), nowhere, importer.Options{Company: "A", Dir: dir})
		require.ErrorContains(t, err, "look at products.csv: ")
	})
}

func TestImportWithoutDatabase(t *testing.T) {
	t.Parallel()
	_, err := importer.Import(t.Context(), "postgres://nobody:hunter2@127.0.0.1:1/nothing",
		importer.Options{Company: "A", Dir: shop().folder(t)})
	require.Equal(t, app.Unavailable, app.KindOf(err))
	require.NotContains(t, err.Error(), "hunter2")
}

// TestImportCancelled ends an import in the middle of a file.
func TestImportCancelled(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	ctx, cancel := context.WithCancel(t.Context())
	dir := files{"products.csv": "sku,name\n" + numbered("P%d,Apple\n", 20_000)}.folder(t)
	_, err := importer.Import(ctx, db, importer.Options{Company: "A", Dir: dir, Progress: func(p importer.Progress) {
		if p.Rows > 0 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, one[int](t, db, `SELECT count(*) FROM companies`))
}

// TestImportAllOrNothing fails at the very last statement.
func TestImportAllOrNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "Shop", shop())
	conn := connect(t, db)
	for _, sql := range []string{
		`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk is full'; END $$`,
		`CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse()`,
	} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	changed := shop().with("stock.csv", "sku,location,quantity\nCOF-001,Leeds,999\nCOF-001,Selby,9\n").
		with("sales.csv", "date,sku,location,quantity,unit_price\n2026-07-01,COF-001,Leeds,999,1\n").
		with("users.csv", "phone\n+447700900555\n")
	_, err := load(t, db, "Shop", changed)
	var state interface{ SQLState() string }
	require.True(t, errors.As(err, &state), "%v", err)
	require.Equal(t, shopContents, contentsOf(t, db, "Shop"))
	var version int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT catalogue_version FROM companies`).Scan(&version))
	require.Equal(t, 2, version)

	_, err = load(t, db, "New", shop().with("users.csv", "phone\n+447700900556\n"))
	require.Error(t, err)
	require.ErrorIs(t, conn.QueryRow(t.Context(), `SELECT FROM companies WHERE name = 'New'`).Scan(), pgx.ErrNoRows)
}
