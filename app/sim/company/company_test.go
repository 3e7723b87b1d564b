package company_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/sim/company"
	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

// wednesday is a day on which the tests look at the company.
var wednesday = time.Date(2026, time.July, 15, 16, 30, 0, 0, time.UTC)

// write writes the company's files as of today and reads them back by name,
// without their header rows.
func write(t *testing.T, today time.Time) (dir string, files map[string][][]string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, company.Write(dir, today))
	files = make(map[string][][]string)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		file, err := os.Open(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		rows, err := csv.NewReader(file).ReadAll()
		require.NoError(t, err)
		require.NoError(t, file.Close())
		files[entry.Name()] = rows[1:]
	}
	return dir, files
}

func number(t *testing.T, cell string) int {
	t.Helper()
	n, err := strconv.Atoi(cell)
	require.NoError(t, err)
	return n
}

func TestWriteIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	_, first := write(t, wednesday)
	_, second := write(t, wednesday.Add(5*time.Hour))
	require.Equal(t, first, second)
	_, tomorrow := write(t, wednesday.AddDate(0, 0, 1))
	require.NotEqual(t, first["sales.csv"], tomorrow["sales.csv"])
	require.Equal(t, first["products.csv"], tomorrow["products.csv"])
}

func TestPeople(t *testing.T) {
	t.Parallel()
	personas, roles, phones := map[app.Persona]bool{}, map[app.Role]bool{}, map[string]bool{}
	for _, p := range company.People() {
		personas[p.Persona], roles[p.Role], phones[p.Phone] = true, true, true
		require.Regexp(t, `^\+447700900\d{3}$`, p.Phone, "a number that Ofcom keeps for fiction")
	}
	require.Len(t, company.People(), 8)
	require.Len(t, phones, 8)
	require.Len(t, personas, len(app.Personas))
	require.Len(t, roles, len(app.Roles))
}

func TestProducts(t *testing.T) {
	t.Parallel()
	_, files := write(t, wednesday)
	require.GreaterOrEqual(t, len(files["products.csv"]), 45)
	meant := make(map[string]string)
	categories := make(map[string]bool)
	for _, row := range files["products.csv"] {
		sku, name, aliases := row[0], row[1], row[2]
		categories[row[3]] = true
		require.Regexp(t, `^[A-Z]{3}-\d{3}$`, sku)
		for word := range strings.SplitSeq(name+";"+aliases+";"+sku, ";") {
			word = strings.ToLower(word)
			require.Empty(t, meant[word], "%q names two products, %s too", word, sku)
			meant[word] = sku
		}
	}
	require.Equal(t, "COF-001", meant["decaf"])
	require.GreaterOrEqual(t, len(categories), 6)
}

// TestStock counts what a visitor of the demo will find.
func TestStock(t *testing.T) {
	t.Parallel()
	_, files := write(t, wednesday)
	total, places, empty := map[string]int{}, map[string]bool{}, map[string]int{}
	for _, row := range files["stock.csv"] {
		quantity := number(t, row[2])
		total[row[0]] += quantity
		places[row[1]] = true
		if quantity == 0 {
			empty[row[0]]++
		}
	}
	require.Len(t, places, 4)
	require.Len(t, company.Places(), 4)
	var gone, low, fine, gaps int
	for _, row := range files["products.csv"] {
		switch sku := row[0]; {
		case total[sku] == 0:
			gone++
		case row[9] != "" && total[sku] < number(t, row[9]):
			low++
		default:
			fine++
			gaps += min(empty[sku], 1)
		}
	}
	require.Equal(t, 4, gone)
	require.Equal(t, 10, low)
	require.Equal(t, 39, fine)
	require.GreaterOrEqual(t, gaps, 4, "some are missing at one place only")
	require.Positive(t, total["COF-001"])
}

func TestSales(t *testing.T) {
	t.Parallel()
	_, files := write(t, wednesday)
	weekday, bySKU, prices := map[time.Weekday]int{}, map[string][2]int{}, map[string]map[string]bool{}
	days := make(map[string]bool)
	for _, row := range files["sales.csv"] {
		day, err := time.Parse(time.DateOnly, row[0])
		require.NoError(t, err)
		age := int(wednesday.Truncate(24*time.Hour).Sub(day).Hours() / 24)
		require.True(t, age >= 0 && age < company.Days, row[0])
		days[row[0]] = true
		weekday[day.Weekday()] += number(t, row[3])
		halves := bySKU[row[1]]
		halves[min(age*2/company.Days, 1)] += number(t, row[3])
		bySKU[row[1]] = halves
		if prices[row[1]] == nil {
			prices[row[1]] = make(map[string]bool)
		}
		prices[row[1]][row[4]] = true
	}
	require.True(t, days["2026-07-15"] && days["2026-04-17"], "from the first day to today")
	require.Zero(t, weekday[time.Sunday])
	require.Greater(t, weekday[time.Friday], 2*weekday[time.Saturday])
	require.Greater(t, bySKU["COF-012"][0], bySKU["COF-012"][1], "cold brew grows")
	require.Less(t, bySKU["SYR-004"][0], bySKU["SYR-004"][1], "gingerbread shrinks")
	require.NotContains(t, bySKU, "COF-014")
	require.Len(t, prices["COF-002"], 2, "a price went up")
}

// TestImported imports the company as the demo does.
func TestImported(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.DB(t)
	dir, files := write(t, wednesday)
	summary, err := importer.Import(t.Context(), databaseURL, importer.Options{
		Company: company.Name, Dir: dir, TimeZone: company.TimeZone, Currency: company.Currency,
	})
	require.NoError(t, err)
	require.Len(t, summary.Files, 6)
	require.Empty(t, summary.Ignored)
	require.ElementsMatch(t, company.Places(), summary.NewPlaces)

	pool, err := pgxpool.New(t.Context(), databaseURL)
	require.NoError(t, err)
	defer pool.Close()
	tests := []struct {
		name, sql string
		want      int
	}{
		{"suppliers", `SELECT count(*) FROM suppliers`, 6},
		{"products", `SELECT count(*) FROM products`, len(files["products.csv"])},
		{"products with a supplier", `SELECT count(*) FROM products WHERE supplier_id IS NOT NULL`, len(files["products.csv"])},
		{"people", `SELECT count(*) FROM profiles`, 8},
		{"people without a persona", `SELECT count(*) FROM profiles WHERE persona = 'default'`, 2},
		{"sales", `SELECT count(*) FROM sales`, len(files["sales.csv"])},
		{"out of stock", `SELECT count(*) FROM (SELECT product_id FROM stock GROUP BY 1 HAVING sum(quantity) = 0) AS t`, 4},
		{"orders in part", `SELECT count(*) FROM purchase_orders WHERE status = 'partly_received'`, 1},
		{"orders on their way", `SELECT count(*) FROM purchase_orders WHERE status = 'ordered'`, 5},
		{"orders overdue", `SELECT count(*) FROM purchase_orders WHERE status = 'ordered' AND expected_on < '2026-07-15'`, 1},
		{"orders under the supplier's minimum", `SELECT count(*) FROM (
			SELECT FROM purchase_orders AS o JOIN purchase_order_lines AS l ON l.purchase_order_id = o.id
			JOIN suppliers AS s ON s.id = o.supplier_id GROUP BY o.id, s.min_order HAVING sum(l.quantity) < s.min_order) AS t`, 0},
		{"active agents", `SELECT count(*) FROM agents WHERE status = 'active'`, 6},
	}
	for _, test := range tests {
		var got int
		require.NoError(t, pool.QueryRow(t.Context(), test.sql).Scan(&got), test.name)
		require.Equal(t, test.want, got, test.name)
	}
	var late, received int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE received_on > expected_on), count(*)
		FROM purchase_orders WHERE status = 'received'`).Scan(&late, &received))
	require.GreaterOrEqual(t, received, 20)
	require.GreaterOrEqual(t, late, 5)
	require.Less(t, late, received/2)
}

// TestWriteOnAnyDay imports the company as of days that are awkward: Sundays,
// month's ends and leap days.
func TestWriteOnAnyDay(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.DB(t)
	for _, day := range []string{"2026-07-19", "2024-02-29", "2026-12-31"} {
		today, err := time.Parse(time.DateOnly, day)
		require.NoError(t, err)
		dir, _ := write(t, today)
		_, err = importer.Import(t.Context(), databaseURL, importer.Options{Company: company.Name, Dir: dir})
		require.NoError(t, err, day)
	}
}

func TestWriteWithoutFolder(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, company.Write(filepath.Join(t.TempDir(), "nowhere"), wednesday), "write suppliers.csv")
}
