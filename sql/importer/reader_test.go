package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// readAll reads a file as an import would, without a database, and returns the
// rows that COPY would be given.
func readAll(tb testing.TB, name string, content io.Reader) (rows [][]any, found *problems, err error) {
	tb.Helper()
	all := tables()
	i := slices.IndexFunc(all, func(t table) bool { return t.file == name })
	found = &problems{}
	r, err := newReader(all[i], content, found)
	if r == nil {
		return nil, found, err
	}
	source := &copySource{rows: r, values: make([]any, len(all[i].columns)+1), progress: func(int) {}}
	for source.Next() {
		values, err := source.Values()
		require.NoError(tb, err)
		rows = append(rows, slices.Clone(values))
	}
	return rows, found, source.Err()
}

// refused reads a file that has problems and writes them one a line.
func refused(t *testing.T, name, content string) string {
	t.Helper()
	_, found, err := readAll(t, name, strings.NewReader(content))
	require.NoError(t, err)
	var lines []string
	for _, p := range found.listed {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

const (
	supplierColumns = "name, email, phone, lead_time_days, min_order, notes"
	wantPhone       = `is not an E.164 number: want "+", the country code and the number, 7 to 15 digits without spaces, such as +447700900123`
	wantBareQuote   = "a quote stands in a cell that does not begin with one: put the cell in quotes and double the quotes inside it"
	wantCloseQuote  = "a quote of the row that starts here is not closed, or text follows it: double the quotes inside a cell"
)

// TestReaderRefusesFiles is about files that are not CSV with a right header.
func TestReaderRefusesFiles(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10<<20)
	tests := []struct {
		name string
		file string // suppliers.csv
		want string
	}{
		{"empty", "", "suppliers.csv:1: is empty: want a header row with columns of " + supplierColumns},
		{"only a byte order mark", "\xEF\xBB\xBF", "suppliers.csv:1: is empty: want a header row with columns of " + supplierColumns},
		{"only blank lines", "\n\n\n", "suppliers.csv:1: is empty: want a header row with columns of " + supplierColumns},
		{
			"unknown columns", "name,colour,Size\nA,red,1\n",
			`suppliers.csv:1: unknown column "colour": want ` + supplierColumns + "\n" +
				`suppliers.csv:1: unknown column "Size": want ` + supplierColumns,
		},
		{"missing column", "email\na@b.example\n", "suppliers.csv:1: column name: is missing: the header row must name it"},
		{"column twice", "name,email,Name\nA,,B\n", "suppliers.csv:1: column name: is there twice"},
		{"column without a name", "name,\nA,\n", "suppliers.csv:1: column 2 has no name: want one of " + supplierColumns},
		{"semicolons", "name;email\nA;\n", "suppliers.csv:1: the columns are not separated by commas: save the file as CSV with commas"},
		{"tabs", "name\temail\nA\t\n", "suppliers.csv:1: the columns are not separated by commas: save the file as CSV with commas"},
		{"UTF-16", "\xFF\xFEn\x00a\x00m\x00e\x00", "suppliers.csv:1: is UTF-16 text: save the file as UTF-8"},
		{"header in Latin-1", "name,r\xF4le\nA,x\n", "suppliers.csv:1: the name of column 2 is not valid UTF-8: save the file as UTF-8"},
		{"cell in Latin-1", "name\nCaf\xE9\n", "suppliers.csv:2: column name: is not valid UTF-8: save the file as UTF-8"},
		{"NUL", "name\nA\x00B\n", "suppliers.csv:2: column name: has a control character (U+0000): want plain text on one line"},
		{"NUL in notes", "name,notes\nA,\x00\n", "suppliers.csv:2: column notes: has a control character (U+0000): want plain text"},
		{"line break in a name", "name\n\"A\nB\"\n", "suppliers.csv:2: column name: has a control character (U+000A): want plain text on one line"},
		{
			"ragged rows", "name,email\nA\nB,,\nC,\n",
			"suppliers.csv:2: has 1 cells, the header row has 2\nsuppliers.csv:3: has 3 cells, the header row has 2",
		},
		{"quote inside a cell", "name\nA\n5\" pipe\nB\n", "suppliers.csv:3: " + wantBareQuote},
		{"text after a quote", "name\n\"A\"B\n", "suppliers.csv:2: " + wantCloseQuote},
		{"quote never closed", "name,notes\nA,\nB,\"more\nC,\n", "suppliers.csv:3: " + wantCloseQuote},
		{"huge cell", "name,notes\nA,\"two\nlines\"\nB," + long + "\nC,\n", "suppliers.csv:4: the row that starts here is longer than 256 KiB: is a quote never closed?"},
		{"huge cell in quotes", "name\n\"" + long + "\"\n", "suppliers.csv:2: the row that starts here is longer than 256 KiB: is a quote never closed?"},
		{"huge header", long, "suppliers.csv:1: the row that starts here is longer than 256 KiB: is a quote never closed?"},
		{"no text at all", "\x89PNG\r\n\x1A\n" + strings.Repeat("\x00\xFF", 500), "suppliers.csv:1: the name of column 1 is not valid UTF-8: save the file as UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, refused(t, "suppliers.csv", test.file))
		})
	}
}

// TestReaderRefusesCells puts one bad cell into a file that is right otherwise.
func TestReaderRefusesCells(t *testing.T) {
	t.Parallel()
	const product, user = "products.csv:2: column ", "users.csv:2: column "
	name := strings.Repeat("é", 201)
	manyAliases := ""
	for i := range 51 {
		manyAliases += fmt.Sprintf("a%d;", i)
	}
	tests := []struct {
		name, file, header, row, want string
	}{
		{"no key", "products.csv", "sku,name", ",Apple", product + "sku: is empty"},
		{"spaces for a key", "products.csv", "sku,name", "A,   ", product + "name: is empty"},
		{"long name", "products.csv", "sku,name", "A," + name, product + "name: is longer than 200 characters"},
		{"decimal comma", "products.csv", "sku,name,unit_cost", `A,Apple,"4,20"`, product + `unit_cost: "4,20" is not a decimal number: want digits with a dot, such as 4.20`},
		{"currency", "products.csv", "sku,name,unit_price", "A,Apple,£4", product + `unit_price: "£4" is not a decimal number: want digits with a dot, such as 4.20`},
		{"exponent", "products.csv", "sku,name,unit_price", "A,Apple,1e3", product + `unit_price: "1e3" is not a decimal number: want digits with a dot, such as 4.20`},
		{"not a number", "products.csv", "sku,name,unit_price", "A,Apple,NaN", product + `unit_price: "NaN" is not a decimal number: want digits with a dot, such as 4.20`},
		{"half a decimal", "products.csv", "sku,name,unit_price", "A,Apple,4.", product + `unit_price: "4." is not a decimal number: want digits with a dot, such as 4.20`},
		{"negative price", "products.csv", "sku,name,unit_price", "A,Apple,-4.20", product + `unit_price: "-4.20" is below zero`},
		{"five decimals", "products.csv", "sku,name,unit_price", "A,Apple,4.20001", product + `unit_price: "4.20001" has more than 4 digits after the dot`},
		{"large price", "products.csv", "sku,name,unit_price", "A,Apple,12345678901", product + `unit_price: "12345678901" is out of range: want at most 10 digits before the dot`},
		{"fraction", "products.csv", "sku,name,reorder_point", "A,Apple,4.0", product + `reorder_point: "4.0" is not a whole number: want digits only, such as 40`},
		{"thousands", "products.csv", "sku,name,reorder_point", `A,Apple,"1,000"`, product + `reorder_point: "1,000" is not a whole number: want digits only, such as 40`},
		{"plus sign", "products.csv", "sku,name,reorder_point", "A,Apple,+4", product + `reorder_point: "+4" is not a whole number: want digits only, such as 40`},
		{"only a sign", "products.csv", "sku,name,reorder_point", "A,Apple,-", product + `reorder_point: "-" is not a whole number: want digits only, such as 40`},
		{"negative days", "products.csv", "sku,name,lead_time_days", "A,Apple,-1", product + `lead_time_days: "-1" is too small: want at least 0`},
		{"very negative days", "products.csv", "sku,name,lead_time_days", "A,Apple,-99999999999", product + `lead_time_days: "-99999999999" is too small: want at least 0`},
		{"large number", "products.csv", "sku,name,safety_stock", "A,Apple,2147483648", product + `safety_stock: "2147483648" is too large: want at most 2147483647`},
		{"long value cut", "products.csv", "sku,name,safety_stock", "A,Apple," + strings.Repeat("é", 50), product + `safety_stock: "` + strings.Repeat("é", 40) + `…" is not a whole number: want digits only, such as 40`},
		{"long alias", "products.csv", "sku,name,aliases", "A,Apple,ok;" + name, product + "aliases: an alias is longer than 200 characters"},
		{"many aliases", "products.csv", "sku,name,aliases", "A,Apple," + manyAliases, product + "aliases: has more than 50 aliases"},
		{"long notes", "suppliers.csv", "name,notes", "A," + strings.Repeat("é", 2001), "suppliers.csv:2: column notes: is longer than 2000 characters"},
		{"supplier's e-mail", "suppliers.csv", "name,email", "A,a b@c", "suppliers.csv:2: column email: is not an e-mail address: want name@example.com"},
		{"named e-mail", "suppliers.csv", "name,email", "A,Al <a@b.example>", "suppliers.csv:2: column email: is not an e-mail address: want name@example.com"},
		{"phone with spaces", "users.csv", "phone", "+44 7700 900101", user + "phone: " + wantPhone},
		{"national phone", "users.csv", "phone", "07700900101", user + "phone: " + wantPhone},
		{"short phone", "users.csv", "phone", "+44770", user + "phone: " + wantPhone},
		{"no phone", "users.csv", "phone,name", ",Amira", user + "phone: is empty"},
		{"role", "users.csv", "phone,role", "+447700900101,boss", user + `role: "boss" is not a role: want viewer, operator, manager or admin`},
		{"persona", "users.csv", "phone,persona", "+447700900101,poet", user + `persona: "poet" is not a persona: want streamliner, navigator, hub, spring or processor, or nothing for the default`},
		{"time zone", "users.csv", "phone,timezone", "+447700900101,London", user + `timezone: "London" is not a time zone: want an IANA name, such as Europe/London`},
		{"the machine's time zone", "users.csv", "phone,timezone", "+447700900101,Local", user + `timezone: "Local" is not a time zone: want an IANA name, such as Europe/London`},
		{"a path for a time zone", "users.csv", "phone,timezone", "+447700900101,../../etc/passwd", user + `timezone: "../../etc/passwd" is not a time zone: want an IANA name, such as Europe/London`},
		{"language", "users.csv", "phone,language", "+447700900101,fr", user + `language: "fr" is not a language that ferry speaks: want en, es, pt, hi`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, refused(t, test.file, test.header+"\n"+test.row+"\n"))
		})
	}
}

// TestReaderRefusesDates is apart because every date has the same rules.
func TestReaderRefusesDates(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"15/07/2026", "2026-7-1", "2026-02-30", "2026-07-15T00:00:00Z", "20260715", "yesterday"} {
		require.Equal(t, fmt.Sprintf("sales.csv:2: column date: %q is not a date: want YYYY-MM-DD, such as 2026-07-15", day),
			refused(t, "sales.csv", "date,sku,location,quantity,unit_price\n"+day+",COF-001,Leeds,1,1\n"))
	}
	require.Equal(t, `sales.csv:2: column date: "0026-07-01" is too early: want 1900 or later`,
		refused(t, "sales.csv", "date,sku,location,quantity,unit_price\n0026-07-01,COF-001,Leeds,1,1\n"))
}

func TestReaderRows(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.February, 28, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, file, content string
		want                [][]any
	}{
		{
			"sales, in another order", "sales.csv",
			"sku,quantity,date,unit_price,location\n COF-001 ,-3,2026-02-28,0,York\n\n\"A,B\",0,2026-02-28,0001.5,\"The \"\"Hub\"\"\"\n",
			[][]any{
				{int64(2), day, "COF-001", "York", int32(-3), "0"},
				{int64(4), day, "A,B", `The "Hub"`, int32(0), "0001.5"},
			},
		},
		{
			"people, empty cells and missing columns", "users.csv", "role,phone\n,+447700900101\nadmin,+447700900102\n",
			[][]any{
				{int64(2), "+447700900101", nil, nil, nil, nil, nil, nil},
				{int64(3), "+447700900102", nil, nil, "admin", nil, nil, nil},
			},
		},
		{
			"a bad cell leaves its row to be referred to, a bad key does not", "products.csv",
			"sku,name,aliases,unit_cost\nA,Apple,a; b;A;;,x\n,Pear,,\nB,,,9999999999.9999\n",
			[][]any{
				{int64(2), "A", "Apple", []string{"a", "b"}, nil, nil, nil, nil, nil, nil, nil, nil},
				{int64(4), "B", nil, nil, nil, nil, "9999999999.9999", nil, nil, nil, nil, nil},
			},
		},
		{
			"largest numbers", "suppliers.csv", "name,lead_time_days,min_order,notes\nनमस्ते चाय,2147483647,0,\"one\ntwo\"\n",
			[][]any{{int64(2), "नमस्ते चाय", nil, nil, int32(2147483647), int32(0), "one\ntwo"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, _, err := readAll(t, test.file, strings.NewReader(test.content))
			require.NoError(t, err)
			require.Equal(t, test.want, rows)
		})
	}
}

// TestReaderFails tells a disk that fails from a file that is wrong.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for _, readable := range []string{"", "na", "name\n", "name\nA\n\"B", "name\nA\nB"} {
		_, found, err := readAll(t, "suppliers.csv", io.MultiReader(strings.NewReader(readable), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken, "after %q", readable)
		require.Zero(t, found.total, "after %q", readable)
	}
}

// TestReaderIsBounded feeds a gigabyte that is one row.
func TestReaderIsBounded(t *testing.T) {
	t.Parallel()
	endless := &countingReader{r: io.LimitReader(repeated('x'), 1<<30)}
	_, found, err := readAll(t, "suppliers.csv", io.MultiReader(strings.NewReader("name\n\""), endless))
	require.NoError(t, err)
	require.Equal(t, 1, found.total)
	require.Less(t, endless.n, int64(maxRow+2*bufferSize), "the rest was not read")
}

// repeated is an endless file of one byte.
type repeated byte

func (b repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// FuzzReader holds for any bytes: the reader ends, tells each problem with a
// line of the file, and gives COPY only values that Postgres stores.
func FuzzReader(f *testing.F) {
	for i, content := range []string{
		"name,email,notes\nA,a@b.example,\"x\ny\"\n",
		"\xEF\xBB\xBFsku,name,aliases,unit_cost\r\nA,Apple,a;b,4.20\r\n",
		"sku,location,quantity\nA,Leeds,-1\n,,\n",
		"date,sku,location,quantity,unit_price\n2026-07-01,A,Leeds,2147483647,0.0001\n",
		"number,supplier,sku,quantity,ordered_on\nP,S,A,1,0000-01-01\n",
		"phone,timezone\n+447700900101,../x\n\"",
	} {
		f.Add(i, []byte(content))
	}
	f.Fuzz(func(t *testing.T, which int, content []byte) {
		all := tables()
		chosen := all[((which%len(all))+len(all))%len(all)]
		rows, found, err := readAll(t, chosen.file, strings.NewReader(string(content)))
		require.NoError(t, err)
		lines := strings.Count(string(content), "\n") + 1
		for _, p := range found.listed {
			require.True(t, p.Line >= 1 && p.Line <= lines+1, "line %d of %d", p.Line, lines)
			require.NotEmpty(t, p.Text)
			require.True(t, utf8.ValidString(p.String()), "%q", p.String())
			require.NotContains(t, p.String(), "\n")
		}
		for _, row := range rows {
			require.Len(t, row, len(chosen.columns)+1)
			for i, value := range row[1:] {
				requireStorable(t, chosen.columns[i], value, found)
			}
		}
	})
}

func requireStorable(t *testing.T, c column, value any, found *problems) {
	t.Helper()
	require.False(t, value == nil && c.key, "%s", c.name)
	require.False(t, value == nil && c.required && found.total == 0, "%s", c.name)
	texts := []string{}
	switch value := value.(type) {
	case string:
		texts = append(texts, value)
	case []string:
		texts = value
	case time.Time:
		require.True(t, value.Year() >= minYear && value.Year() <= 9999)
	}
	for _, s := range texts {
		require.True(t, utf8.ValidString(s) && s != "" && !strings.ContainsRune(s, 0), "%q", s)
		require.LessOrEqual(t, utf8.RuneCountInString(s), maxNotes)
	}
}
