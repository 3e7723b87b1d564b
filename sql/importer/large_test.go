package importer_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

// The size that ferry promises to import in well under a minute on two cores.
const (
	largeProducts = 50_000
	largeSales    = 1_000_000
)

// BenchmarkImport imports the promised size into a server that keeps what it
// commits, and then imports it again, as a nightly job would:
//
//	go test ./sql/importer -run '^$' -bench Import -benchtime 1x
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	writeLarge(b, dir, largeProducts, largeSales)
	_, databaseURL := pgtest.Durable(b)
	company := 0
	for _, rerun := range []bool{false, true} {
		name := "new"
		if rerun {
			name = "again"
		}
		b.Run(name, func(b *testing.B) {
			before := memory()
			for b.Loop() {
				if !rerun {
					company++
				}
				summary, err := importer.Import(b.Context(), databaseURL, importer.Options{Company: fmt.Sprint(company), Dir: dir})
				require.NoError(b, err)
				require.Equal(b, []importer.FileRows{
					{File: "suppliers.csv", Rows: 100},
					{File: "products.csv", Rows: largeProducts},
					{File: "stock.csv", Rows: largeProducts},
					{File: "sales.csv", Rows: largeSales},
				}, summary.Files)
			}
			b.ReportMetric(float64(memory()-before)/(1<<20), "MiB-grown")
		})
	}
}

// memory is what the Go runtime has taken from the system, which never shrinks.
func memory() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.Sys)
}

// writeLarge writes a company whose sales are spread over its products, four
// places and 90 days, all of them in rows of their own.
func writeLarge(tb testing.TB, dir string, products, sales int) {
	tb.Helper()
	write := func(name, header string, n int, row func(i int) string) {
		file, err := os.Create(filepath.Join(dir, name))
		require.NoError(tb, err)
		w := bufio.NewWriter(file)
		for i := -1; i < n; i++ {
			line := header
			if i >= 0 {
				line = row(i)
			}
			_, err := w.WriteString(line + "\n")
			require.NoError(tb, err)
		}
		require.NoError(tb, w.Flush())
		require.NoError(tb, file.Close())
	}
	places := []string{"Leeds", "York", "Hull", "Manchester"}
	write("suppliers.csv", "name,lead_time_days", 100, func(i int) string {
		return fmt.Sprintf("Supplier %d,%d", i, i%20)
	})
	write("products.csv", "sku,name,aliases,category,unit_cost,unit_price,supplier,reorder_point", products, func(i int) string {
		return fmt.Sprintf("SKU-%06d,Product number %d,number %d;no %d,Category %d,%d.25,%d.50,Supplier %d,%d",
			i, i, i, i, i%40, i%30, i%50, i%100, i%200)
	})
	write("stock.csv", "sku,location,quantity", products, func(i int) string {
		return fmt.Sprintf("SKU-%06d,%s,%d", i, places[i%4], i%500)
	})
	first := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	write("sales.csv", "date,sku,location,quantity,unit_price", sales, func(i int) string {
		day := first.AddDate(0, 0, i*90/sales).Format(time.DateOnly) // as a till exports them, day by day
		return fmt.Sprintf("%s,SKU-%06d,%s,%d,%d.50", day, (i*7919)%products, places[(i/products)%4], 1+i%9, i%50)
	})
}
