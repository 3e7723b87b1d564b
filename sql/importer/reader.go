package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sizes in bytes. A row longer than maxRow is refused instead of read: a quote
// that is never closed would otherwise take the rest of the file into memory.
const (
	maxRow     = 256 << 10
	bufferSize = 64 << 10
)

var errRowTooLong = errors.New("row too long")

// boundedReader gives errRowTooLong once limit bytes were read in all, and
// counts what it gave.
type boundedReader struct {
	r     io.Reader
	given int64
	limit int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.given >= b.limit {
		return 0, errRowTooLong
	}
	if room := b.limit - b.given; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := b.r.Read(p)
	b.given += int64(n)
	return n, err
}

// reader reads the rows of one file and tells problems what is wrong with
// them. Its memory does not grow with the file.
type reader struct {
	table    table
	bound    *boundedReader
	csv      *csv.Reader
	mark     int64 // bytes of the byte order mark, which csv does not see
	line     int   // the last line of the row read last
	cells    []int // for each column of the table its place in a row, -1 when the file lacks it
	width    int   // cells of a row
	problems *problems
	keyLost  bool // a row was left out, so what refers to it cannot be judged
}

// newReader reads the header row. A nil reader means that the header has
// problems, which were told; err that reading failed.
func newReader(t table, file io.Reader, p *problems) (*reader, error) {
	r := &reader{table: t, bound: &boundedReader{r: file, limit: bufferSize}, problems: p}
	buffer := bufio.NewReaderSize(r.bound, bufferSize)
	start, err := buffer.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", t.file, err)
	}
	if bytes.HasPrefix(start, []byte("\xFE\xFF")) || bytes.HasPrefix(start, []byte("\xFF\xFE")) {
		r.refuse(1, "", "is UTF-16 text: save the file as UTF-8")
		return nil, nil
	}
	if bytes.HasPrefix(start, []byte("\xEF\xBB\xBF")) {
		r.mark = 3
		if _, err := buffer.Discard(3); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.file, err)
		}
	}
	r.csv = csv.NewReader(buffer)
	r.csv.FieldsPerRecord = -1 // counted here, to say it in our own words
	r.csv.ReuseRecord = true

	before := p.total
	header, err := r.record()
	switch {
	case errors.Is(err, io.EOF) && p.total == before:
		r.refuse(1, "", "is empty: want a header row with columns of "+t.columnNames())
		return nil, nil
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case !r.readHeader(header):
		return nil, nil
	}
	return r, nil
}

// readHeader finds the columns, and reports whether the header is right.
func (r *reader) readHeader(header []string) bool {
	r.width = len(header)
	r.cells = make([]int, len(r.table.columns))
	for i := range r.cells {
		r.cells[i] = -1
	}
	before := r.problems.total
	for place, name := range header {
		r.readHeaderCell(place, strings.TrimSpace(name))
	}
	for i, c := range r.table.columns {
		if c.required && r.cells[i] < 0 && before == r.problems.total {
			r.refuse(1, c.name, "is missing: the header row must name it")
		}
	}
	return before == r.problems.total
}

// readHeaderCell notes where the column called name is.
func (r *reader) readHeaderCell(place int, name string) {
	known := slices.IndexFunc(r.table.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
	switch {
	case !utf8.ValidString(name):
		r.refuse(1, "", "the name of column "+strconv.Itoa(place+1)+" is not valid UTF-8: save the file as UTF-8")
	case known >= 0 && r.cells[known] < 0:
		r.cells[known] = place
	case known >= 0:
		r.refuse(1, r.table.columns[known].name, "is there twice")
	case name == "":
		r.refuse(1, "", "column "+strconv.Itoa(place+1)+" has no name: want one of "+r.table.columnNames())
	case r.width == 1 && strings.ContainsAny(name, ";\t|"):
		r.refuse(1, "", "the columns are not separated by commas: save the file as CSV with commas")
	default:
		r.refuse(1, "", "unknown column "+shown(name)+": want "+r.table.columnNames())
	}
}

// record reads one row as cells. At the end of the file, and after a fault of
// the CSV itself, which it tells, it gives io.EOF.
func (r *reader) record() ([]string, error) {
	r.bound.limit = r.mark + r.csv.InputOffset() + maxRow + bufferSize
	cells, err := r.csv.Read()
	var fault *csv.ParseError
	switch {
	case err == nil:
		end := len(cells) - 1
		line, _ := r.csv.FieldPos(end)
		r.line = line + strings.Count(cells[end], "\n")
		return cells, nil
	case errors.Is(err, io.EOF):
		return nil, err
	case errors.Is(err, errRowTooLong):
		r.refuse(r.line+1, "", "the row that starts here is longer than "+strconv.Itoa(maxRow>>10)+" KiB: is a quote never closed?")
	case errors.As(err, &fault) && errors.Is(err, csv.ErrBareQuote):
		r.refuse(fault.Line, "", `a quote stands in a cell that does not begin with one: put the cell in quotes and double the quotes inside it`)
	case errors.As(err, &fault):
		r.refuse(fault.StartLine, "", `a quote of the row that starts here is not closed, or text follows it: double the quotes inside a cell`)
	default:
		return nil, fmt.Errorf("read %s: %w", r.table.file, err)
	}
	r.keyLost = true
	return nil, io.EOF
}

// next reads rows until one can be staged, and fills values with its line and
// cells. It reports false at the end, and when reading failed.
func (r *reader) next(values []any) (bool, error) {
	for {
		cells, err := r.record()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		line, _ := r.csv.FieldPos(0)
		if r.parse(line, cells, values) {
			return true, nil
		}
	}
}

// parse fills values from the cells of a row. It reports whether the row can
// be staged: its keys are good, though other cells may be bad and told.
func (r *reader) parse(line int, cells []string, values []any) bool {
	blank := !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
	if blank {
		return false // spreadsheets leave such rows at the end
	}
	if len(cells) != r.width {
		r.refuse(line, "", fmt.Sprintf("has %d cells, the header row has %d", len(cells), r.width))
		r.keyLost = true
		return false
	}
	values[0] = int64(line)
	good := true
	for i, c := range r.table.columns {
		value, ok := r.parseCell(c, r.cells[i], cells)
		values[i+1] = value
		if !ok && c.key {
			good = false
		}
	}
	r.keyLost = r.keyLost || !good
	return good
}

// parseCell reads the cell of column c, which is at place; nil when the file
// lacks the column or the cell is empty.
func (r *reader) parseCell(c column, place int, cells []string) (value any, ok bool) {
	if place < 0 {
		return nil, true
	}
	cell := strings.TrimSpace(cells[place])
	complaint := ""
	switch {
	case cell == "" && c.required:
		complaint = "is empty"
	case cell == "":
		return nil, true
	case !utf8.ValidString(cell):
		complaint = "is not valid UTF-8: save the file as UTF-8"
	default:
		if value, complaint = c.parse(cell); complaint == "" {
			return value, true
		}
	}
	line, _ := r.csv.FieldPos(place)
	r.refuse(line, c.name, complaint)
	return nil, false
}

// given names the columns that the file has.
func (r *reader) given() []string {
	var names []string
	for i, c := range r.table.columns {
		if r.cells[i] >= 0 {
			names = append(names, c.name)
		}
	}
	return names
}

func (r *reader) refuse(line int, column, text string) {
	r.problems.add(Problem{File: r.table.file, Line: line, Column: column, Text: text})
}
