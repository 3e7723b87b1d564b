package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

// importFolder writes CSV files to a fresh folder; names and contents alternate.
func importFolder(t *testing.T, namesAndContents ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(namesAndContents); i += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, namesAndContents[i]), []byte(namesAndContents[i+1]), 0o600))
	}
	return dir
}

// importing runs `ferry import` with DATABASE_URL set.
func importing(t *testing.T, databaseURL string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = runImport(t.Context(), args, func(name string) string {
		if name == "DATABASE_URL" {
			return databaseURL
		}
		return ""
	}, &out, &errs)
	return out.String(), errs.String(), err
}

func TestImportCommand(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	dir := importFolder(t,
		"products.csv", "sku,name\nCOF-001,Decaf\n",
		"stock.csv", "sku,location,quantity\nCOF-001,Leeds,14\nCOF-001,York,3\n",
		"user.csv", "phone\n",
	)
	stdout, stderr, err := importing(t, db, "--company", "Shop", dir, "--timezone=Europe/London")
	require.NoError(t, err)
	require.Empty(t, stderr)
	require.Regexp(t, `^reading products.csv
reading stock.csv
checking
storing products.csv
storing stock.csv
imported Shop, a new company, in \d+\.\d s
  products.csv                  1 row
  stock.csv                    2 rows
new places: Leeds, York
ignored, because their names are not those of an import: user.csv
$`, stdout)

	stdout, _, err = importing(t, db, "--company", "Shop", dir)
	require.NoError(t, err)
	require.Contains(t, stdout, "\nimported Shop, in ")
	require.NotContains(t, stdout, "new places")
}

func TestImportCommandRefuses(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	one := importFolder(t, "stock.csv", "sku,location,quantity\nNOPE,Leeds,1\n")
	_, stderr, err := importing(t, db, "--company=Shop", one)
	require.EqualError(t, err, "nothing was imported: mend the problem above and run it again")
	require.Equal(t, "stock.csv:2: column sku: no product has the SKU \"NOPE\": add it to products.csv, or mend the spelling\n", stderr)

	many := importFolder(t, "products.csv", "sku,name\n"+strings.Repeat(",x\n", 1021))
	_, stderr, err = importing(t, db, "--company=Shop", many)
	require.EqualError(t, err, "nothing was imported: mend the 1,021 problems above and run it again")
	require.Equal(t, importer.MaxProblems+1, strings.Count(stderr, "\n"))
	require.True(t, strings.HasSuffix(stderr, "products.csv:21: column sku: is empty\nand 1,001 more\n"), stderr)
}

func TestImportCommandUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "say whose data it is: --company NAME"},
		{"no company", []string{"dir"}, "say whose data it is: --company NAME"},
		{"blank company", []string{"--company", " ", "dir"}, "say whose data it is: --company NAME"},
		{"no folder", []string{"--company", "A"}, "name the folder with the CSV files"},
		{"two folders", []string{"--company", "A", "x", "y"}, "want one folder, not 2: x, y"},
		{"unknown flag", []string{"--colour", "red", "dir"}, "flag provided but not defined: -colour"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := importing(t, "", test.args...)
			var misuse *usageError
			require.ErrorAs(t, err, &misuse)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestImportCommandEnvironment(t *testing.T) {
	t.Parallel()
	_, _, err := importing(t, "", "--company", "A", t.TempDir())
	require.ErrorContains(t, err, "DATABASE_URL is not set")
	_, _, err = importing(t, pgtest.DB(t), "--company", "A", t.TempDir())
	require.ErrorContains(t, err, "has none of the files of an import")
	_, _, err = importing(t, pgtest.DB(t), "--company", "A", "/nowhere")
	require.EqualError(t, err, "list the files of the folder: open /nowhere: no such file or directory")
}

func TestImportBar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		progress importer.Progress
		want     string
	}{
		{"nothing yet", importer.Progress{}, "connecting  3 s"},
		{"waiting", importer.Progress{Stage: importer.StageWaiting, Size: 10}, "waiting for another import of this company to end  3 s"},
		{
			"beginning",
			importer.Progress{Stage: importer.StageReading, File: "sales.csv", Size: 1000},
			"reading  [........................]   0%  sales.csv, 0 rows",
		},
		{
			"half",
			importer.Progress{Stage: importer.StageReading, File: "sales.csv", Rows: 1234567, Read: 500, Size: 1000},
			"reading  [############............]  50%  sales.csv, 1,234,567 rows",
		},
		{
			"a file that grew",
			importer.Progress{Stage: importer.StageReading, File: "sales.csv", Rows: 1, Read: 5000, Size: 1000},
			"reading  [########################] 100%  sales.csv, 1 row",
		},
		{"empty files", importer.Progress{Stage: importer.StageReading, File: "sales.csv"}, "reading sales.csv  3 s"},
		{"checking", importer.Progress{Stage: importer.StageChecking, Read: 10, Size: 10}, "checking  3 s"},
		{"storing", importer.Progress{Stage: importer.StageStoring, File: "sales.csv", Read: 10, Size: 10}, "storing sales.csv  3 s"},
		{"storing no file", importer.Progress{Stage: importer.StageStoring, Read: 10, Size: 10}, "storing  3 s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, bar(test.progress, 3900*time.Millisecond))
		})
	}
	require.Equal(t, "reading", cut("reading sales.csv", 7))
	require.Equal(t, "reading", cut("reading", 79))
}

// TestImportBarIsRedrawn runs the bar as on a terminal of 30 columns.
func TestImportBarIsRedrawn(t *testing.T) {
	t.Parallel()
	var screen lockedBuffer
	d := &importDisplay{w: &screen, columns: 30, now: time.Now, stop: make(chan struct{}), stopped: make(chan struct{})}
	go d.redraw()
	d.show(importer.Progress{Stage: importer.StageReading, File: "sales.csv", Size: 10})
	d.show(importer.Progress{Stage: importer.StageReading, File: "sales.csv", Rows: 4096, Read: 5, Size: 10})
	require.Eventually(t, func() bool {
		return strings.Contains(screen.String(), clearLine+"reading  [############......."+clearLine)
	}, 10*time.Second, time.Millisecond)
	d.close()
	require.True(t, strings.HasSuffix(screen.String(), clearLine), "the bar is gone at the end")
	require.NotContains(t, screen.String(), "\n")
}

// lockedBuffer may be written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
