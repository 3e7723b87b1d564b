package importer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

// files are the CSV files of a folder by name; a value without a newline at its
// end gets one.
type files map[string]string

// folder writes the files to a fresh folder.
func (f files) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

// with copies the files and changes one.
func (f files) with(name, content string) files {
	changed := files{name: content}
	for other, text := range f {
		if other != name {
			changed[other] = text
		}
	}
	return changed
}

// shop is a small company that has something in every file.
func shop() files {
	return files{
		"suppliers.csv": "name,email,phone,lead_time_days,min_order,notes\n" +
			"Hill Farms,orders@hill.example,+44 20 7946 0000,12,60,\"Calls first,\nthen delivers\"\n" +
			"Tea & Co,,,,,\n",
		"products.csv": "sku,name,aliases,category,unit,unit_cost,unit_price,supplier,lead_time_days,reorder_point,safety_stock\n" +
			"COF-001,Decaf Colombia 250 g,decaf; decaf colombia ;Decaf;,coffee,bags,4.20,7.5,Hill Farms,,40,10\n" +
			"TEA-001,Earl Grey,,tea,,1.1234,,Tea & Co,3,,\n" +
			"CUP-001,Paper cup,,,,,,,,,\n",
		"stock.csv": "sku,location,quantity\nCOF-001,Leeds,14\nCOF-001,York,3\nTEA-001,leeds,0\n",
		"sales.csv": "date,sku,location,quantity,unit_price\n" +
			"2026-07-01,COF-001,Leeds,2,7.50\n2026-07-01,COF-001,Leeds,3,7.5\n2026-07-01,COF-001,Leeds,1,6.00\n" +
			"2026-07-02,COF-001,Hull,-1,7.50\n",
		"purchase_orders.csv": "number,supplier,sku,quantity,unit_cost,ordered_on,expected_on,received_on,received_quantity\n" +
			"PO-1,Hill Farms,COF-001,60,4.20,2026-06-01,2026-06-13,2026-06-15,60\n" +
			"PO-2,Tea & Co,TEA-001,40,,2026-06-20,2026-06-23,2026-06-24,25\n" +
			"PO-2,Tea & Co,CUP-001,10,,2026-06-20,2026-06-25,,\n" +
			"PO-3,Hill Farms,COF-001,60,4.20,2026-07-01,,,\n",
		"users.csv": "phone,name,email,role,persona,timezone,language\n" +
			"+447700900101,Amira,amira@shop.example,manager,hub,Europe/London,en\n" +
			"+447700900102,Lucía,,,,,\n",
	}
}

// load imports the files for a company.
func load(t *testing.T, databaseURL, company string, f files) (importer.Summary, error) {
	t.Helper()
	return importer.Import(t.Context(), databaseURL, importer.Options{Company: company, Dir: f.folder(t)})
}

func mustLoad(t *testing.T, databaseURL, company string, f files) importer.Summary {
	t.Helper()
	summary, err := load(t, databaseURL, company, f)
	require.NoError(t, err)
	return summary
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// contents are the rows of a company in words, without ids and times of
// writing.
const contents = `
WITH c AS (SELECT id FROM companies WHERE name = $1)
SELECT 'supplier ' || concat_ws('|', name, email, phone, lead_time_days, min_order, notes)
FROM suppliers WHERE company_id = (SELECT id FROM c)
UNION ALL
SELECT 'product ' || concat_ws('|', p.sku, p.name, p.aliases::text, p.category, p.unit, p.unit_cost, p.unit_price,
  COALESCE(s.name, '-'), p.lead_time_days, p.reorder_point, p.safety_stock)
FROM products AS p LEFT JOIN suppliers AS s ON s.id = p.supplier_id WHERE p.company_id = (SELECT id FROM c)
UNION ALL
SELECT 'stock ' || concat_ws('|', p.sku, l.name, s.quantity)
FROM stock AS s JOIN products AS p ON p.id = s.product_id JOIN locations AS l ON l.id = s.location_id
WHERE s.company_id = (SELECT id FROM c)
UNION ALL
SELECT 'sale ' || concat_ws('|', s.sold_on, p.sku, l.name, s.quantity, s.unit_price)
FROM sales AS s JOIN products AS p ON p.id = s.product_id JOIN locations AS l ON l.id = s.location_id
WHERE s.company_id = (SELECT id FROM c)
UNION ALL
SELECT 'order ' || concat_ws('|', o.number, s.name, o.status, o.ordered_on, COALESCE(o.expected_on::text, '-'), o.received_on)
FROM purchase_orders AS o JOIN suppliers AS s ON s.id = o.supplier_id WHERE o.company_id = (SELECT id FROM c)
UNION ALL
SELECT 'line ' || concat_ws('|', o.number, p.sku, l.quantity, l.unit_cost, l.received_on, l.received_quantity)
FROM purchase_order_lines AS l JOIN purchase_orders AS o ON o.id = l.purchase_order_id JOIN products AS p ON p.id = l.product_id
WHERE o.company_id = (SELECT id FROM c)
UNION ALL
SELECT 'place ' || name FROM locations WHERE company_id = (SELECT id FROM c)
UNION ALL
SELECT 'person ' || concat_ws('|', phone_number, name, email, role, persona, timezone, language)
FROM profiles WHERE company_id = (SELECT id FROM c)
UNION ALL
SELECT 'agent ' || type || '|' || status FROM agents WHERE company_id = (SELECT id FROM c)
ORDER BY 1`

func contentsOf(t *testing.T, databaseURL, company string) string {
	t.Helper()
	conn := connect(t, databaseURL)
	rows, err := conn.Query(t.Context(), contents, company)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// one reads one value.
func one[T any](t *testing.T, databaseURL, sql string, arguments ...any) T {
	t.Helper()
	var value T
	require.NoError(t, connect(t, databaseURL).QueryRow(t.Context(), sql, arguments...).Scan(&value))
	return value
}

const shopContents = `agent alert_generator|active
agent digest|active
agent inventory_monitor|active
agent reorder|active
agent report_generator|active
agent supplier_monitor|active
line PO-1|COF-001|60|4.2000|2026-06-15|60
line PO-2|CUP-001|10|0
line PO-2|TEA-001|40|2026-06-24|25
line PO-3|COF-001|60|4.2000|0
order PO-1|Hill Farms|received|2026-06-01|2026-06-13|2026-06-15
order PO-2|Tea & Co|partly_received|2026-06-20|2026-06-25
order PO-3|Hill Farms|ordered|2026-07-01|-
person +447700900101|Amira|amira@shop.example|manager|hub|Europe/London|en
person +447700900102|Lucía||viewer|default||en
place Hull
place Leeds
place York
product COF-001|Decaf Colombia 250 g|{decaf,"decaf colombia"}|coffee|bags|4.2000|7.5000|Hill Farms|40|10
product CUP-001|Paper cup|{}|||-
product TEA-001|Earl Grey|{}|tea||1.1234|Tea & Co|3
sale 2026-07-01|COF-001|Leeds|1|6.0000
sale 2026-07-01|COF-001|Leeds|5|7.5000
sale 2026-07-02|COF-001|Hull|-1|7.5000
stock COF-001|Leeds|14
stock COF-001|York|3
stock TEA-001|Leeds|0
supplier Hill Farms|orders@hill.example|+44 20 7946 0000|12|60|Calls first,
then delivers
supplier Tea & Co|||`

func TestImport(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	dir := shop().with("user.csv", "phone\n").folder(t)
	var stages []importer.Progress
	summary, err := importer.Import(t.Context(), db, importer.Options{
		Company: " The Shop ", Dir: dir, TimeZone: "Europe/London", Currency: "EUR",
		Progress: func(p importer.Progress) { stages = append(stages, p) },
	})
	require.NoError(t, err)

	require.Equal(t, shopContents, contentsOf(t, db, "The Shop"))
	require.Positive(t, summary.Elapsed)
	summary.Elapsed = 0
	require.Equal(t, importer.Summary{
		NewCompany: true,
		Files: []importer.FileRows{
			{File: "suppliers.csv", Rows: 2},
			{File: "products.csv", Rows: 3},
			{File: "stock.csv", Rows: 3},
			{File: "sales.csv", Rows: 4},
			{File: "purchase_orders.csv", Rows: 4},
			{File: "users.csv", Rows: 2},
		},
		NewPlaces: []string{"Hull", "Leeds", "York"},
		Ignored:   []string{"user.csv"},
	}, summary)
	last := stages[len(stages)-1]
	require.Equal(t, importer.StageFinished, last.Stage)
	require.Equal(t, last.Size, last.Read)
	for _, p := range stages {
		require.LessOrEqual(t, p.Read, p.Size)
	}
	require.Equal(t, "Europe/London EUR 2", one[string](t, db,
		`SELECT concat_ws(' ', timezone, currency, catalogue_version) FROM companies WHERE name = 'The Shop'`))
	require.Equal(t, "import import t sales.csv", one[string](t, db,
		`SELECT concat_ws(' ', actor, action, subject = 'company:' || company_id, details #>> '{files,3,file}') FROM audit_log`))
}

func TestImportDefaults(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "Shop", files{"products.csv": "sku,name\nA,Apple\n"})
	require.Equal(t, "UTC GBP", one[string](t, db, `SELECT timezone || ' ' || currency FROM companies`))

	_, err := importer.Import(t.Context(), db, importer.Options{
		Company: "Shop", Dir: files{"products.csv": "sku,name\nA,Apple\n"}.folder(t), TimeZone: "Asia/Kolkata",
	})
	require.NoError(t, err)
	require.Equal(t, "Asia/Kolkata GBP", one[string](t, db, `SELECT timezone || ' ' || currency FROM companies`))
}

func TestImportReads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		products string
	}{
		{"byte order mark", "\xEF\xBB\xBFsku,name\nA,Apple\n"},
		{"Windows line ends", "sku,name\r\nA,Apple\r\n"},
		{"no newline at the end", "sku,name\nA,Apple"},
		{"columns in another order", "name,sku\nApple,A\n"},
		{"capitals and spaces in the header", " SKU , Name \n A , Apple \n"},
		{"quotes", "\"sku\",\"name\"\n\"A\",\"Apple\"\n"},
		{"blank rows", "sku,name\n\nA,Apple\n,\n \n,,,\n"},
		{"a byte order mark and quotes", "\xEF\xBB\xBF\"sku\",name\nA,Apple\n"},
	}
	db := pgtest.DB(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			summary := mustLoad(t, db, test.name, files{"products.csv": test.products})
			require.Equal(t, []importer.FileRows{{File: "products.csv", Rows: 1}}, summary.Files)
			require.Contains(t, contentsOf(t, db, test.name), "product A|Apple|")
		})
	}
}

func TestImportAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "Shop", shop())
	before := contentsOf(t, db, "Shop")
	sales := one[string](t, db, `SELECT string_agg(ctid::text || xmin::text, ' ' ORDER BY ctid) FROM sales`)

	again := mustLoad(t, db, "Shop", shop())
	require.Equal(t, before, contentsOf(t, db, "Shop"))
	require.False(t, again.NewCompany)
	require.Empty(t, again.NewPlaces)
	require.Equal(t, sales, one[string](t, db, `SELECT string_agg(ctid::text || xmin::text, ' ' ORDER BY ctid) FROM sales`),
		"sales that are right already are not written again")
	require.Equal(t, 3, one[int](t, db, `SELECT catalogue_version FROM companies`))
	require.Equal(t, 2, one[int](t, db, `SELECT count(*) FROM audit_log`))
}

// TestImportUpdates changes one file at a time on a company that is there.
func TestImportUpdates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files files
		gone  []string // lines of the contents that the import takes away
		come  []string // lines that it adds
	}{
		{
			name:  "an empty cell empties, a column that is not there keeps",
			files: files{"products.csv": "sku,name,category,supplier\nCOF-001,Decaf,,\n"},
			gone:  []string{`product COF-001|Decaf Colombia 250 g|{decaf,"decaf colombia"}|coffee|bags|4.2000|7.5000|Hill Farms|40|10`},
			come:  []string{`product COF-001|Decaf|{decaf,"decaf colombia"}||bags|4.2000|7.5000|-|40|10`},
		},
		{
			name:  "suppliers",
			files: files{"suppliers.csv": "name,lead_time_days\nTea & Co,9\nNew One,\n"},
			gone:  []string{"supplier Tea & Co|||"},
			come:  []string{"supplier New One|||", "supplier Tea & Co|||9|"},
		},
		{
			name:  "stock, by any spelling of the place",
			files: files{"stock.csv": "quantity,sku,location\n20,COF-001,LEEDS\n7,CUP-001,Goole\n"},
			gone:  []string{"stock COF-001|Leeds|14"},
			come:  []string{"place Goole", "stock COF-001|Leeds|20", "stock CUP-001|Goole|7"},
		},
		{
			name: "sales replace the prices of the days that they name",
			files: files{"sales.csv": "date,sku,location,quantity,unit_price\n" +
				"2026-07-01,COF-001,Leeds,4,7.50\n2026-07-01,COF-001,Leeds,9,8\n2026-07-01,COF-001,York,1,7.50\n"},
			gone: []string{"sale 2026-07-01|COF-001|Leeds|1|6.0000", "sale 2026-07-01|COF-001|Leeds|5|7.5000"},
			come: []string{
				"sale 2026-07-01|COF-001|Leeds|4|7.5000", "sale 2026-07-01|COF-001|Leeds|9|8.0000",
				"sale 2026-07-01|COF-001|York|1|7.5000",
			},
		},
		{
			name: "an order is replaced with its rows",
			files: files{"purchase_orders.csv": "number,supplier,sku,quantity,ordered_on,received_on\n" +
				"PO-2,Tea & Co,TEA-001,40,2026-06-20,2026-06-30\n"},
			gone: []string{
				"line PO-2|CUP-001|10|0", "line PO-2|TEA-001|40|2026-06-24|25",
				"order PO-2|Tea & Co|partly_received|2026-06-20|2026-06-25",
			},
			come: []string{
				"line PO-2|TEA-001|40|2026-06-30|40",
				"order PO-2|Tea & Co|received|2026-06-20|2026-06-25|2026-06-30",
			},
		},
		{
			name:  "people",
			files: files{"users.csv": "phone,role\n+447700900101,admin\n+447700900103,operator\n"},
			gone:  []string{"person +447700900101|Amira|amira@shop.example|manager|hub|Europe/London|en"},
			come: []string{
				"person +447700900101|Amira|amira@shop.example|admin|hub|Europe/London|en",
				"person +447700900103|||operator|default||en",
			},
		},
	}
	db := pgtest.DB(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			first := shop()
			if _, people := test.files["users.csv"]; !people {
				delete(first, "users.csv") // a number belongs to one company
			}
			mustLoad(t, db, test.name, first)
			before := strings.Split(contentsOf(t, db, test.name), "\n")
			mustLoad(t, db, test.name, test.files)
			after := strings.Split(contentsOf(t, db, test.name), "\n")
			require.ElementsMatch(t, append(after, test.gone...), append(before, test.come...))
		})
	}
}

func TestImportRefreshesStockTimes(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	const newest = `SELECT min(updated_at) FROM stock`
	mustLoad(t, db, "Shop", shop())
	before := one[time.Time](t, db, newest)
	mustLoad(t, db, "Shop", shop())
	require.True(t, one[time.Time](t, db, newest).After(before), "the same quantity, said again, is news")
}

func TestImportTwoCompanies(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	mustLoad(t, db, "First", shop())
	other := shop().with("users.csv", "phone\n+447700900201\n").
		with("stock.csv", "sku,location,quantity\nCOF-001,Leeds,99\n").
		with("sales.csv", "date,sku,location,quantity,unit_price\n2026-07-01,COF-001,Leeds,77,7.50\n")
	mustLoad(t, db, "Second", other)

	require.Equal(t, shopContents, contentsOf(t, db, "First"))
	second := contentsOf(t, db, "Second")
	require.Contains(t, second, "stock COF-001|Leeds|99")
	require.Contains(t, second, "sale 2026-07-01|COF-001|Leeds|77|7.5000")
	require.NotContains(t, second, "+447700900101")

	_, err := load(t, db, "Third", files{"stock.csv": "sku,location,quantity\nCOF-001,Leeds,1\n"})
	require.ErrorContains(t, err, `no product has the SKU "COF-001"`, "another company's product is no product")
	require.Zero(t, one[int](t, db, `SELECT count(*) FROM companies WHERE name = 'Third'`))
}
