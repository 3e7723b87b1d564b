package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxProblems is how many problems a refusal lists; the others are counted.
const MaxProblems = 20

// maxShown is how many characters of a bad cell a problem repeats.
const maxShown = 40

// Problem is one thing that is wrong in the files, and what is wanted instead.
// It repeats a cell's value only where that cannot be a person's phone number,
// e-mail address or name.
type Problem struct {
	File   string // "products.csv"
	Line   int    // counted from 1, the header row; 0 means the file as a whole
	Column string // the column's name; "" means the row as a whole
	Text   string
	Also   []int // further lines with the same problem, at most 5
	Rows   int   // how many rows have it, at least 1
}

// String is the problem on one line: "products.csv:14: column unit_cost: …".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	b.WriteString(": ")
	if p.Column != "" {
		b.WriteString("column " + p.Column + ": ")
	}
	b.WriteString(p.Text)
	if len(p.Also) == 0 {
		return b.String()
	}
	lines := make([]string, len(p.Also))
	for i, line := range p.Also {
		lines[i] = strconv.Itoa(line)
	}
	b.WriteString(" (also line " + strings.Join(lines, ", "))
	if rest := p.Rows - 1 - len(p.Also); rest > 0 {
		fmt.Fprintf(&b, " and %d more", rest)
	}
	b.WriteString(")")
	return b.String()
}

// RefusedError is the error of an import whose files have problems. Nothing of the
// run was stored.
type RefusedError struct {
	Problems []Problem // by file and line, at most MaxProblems
	Total    int       // how many bad rows and cells there are in all
}

// Error counts the problems and names the first.
func (r *RefusedError) Error() string {
	text := r.Problems[0].String()
	if r.Total > 1 {
		text = fmt.Sprintf("%d problems, the first: %s", r.Total, text)
	}
	return "nothing was imported: " + text
}

// Unlisted is how many bad rows the listed problems do not tell of.
func (r *RefusedError) Unlisted() int {
	rest := r.Total
	for _, p := range r.Problems {
		rest -= p.Rows
	}
	return rest
}

// problems collects what is wrong, in bounded memory.
type problems struct {
	listed []Problem
	total  int
}

func (p *problems) add(problem Problem) {
	problem.Rows = max(problem.Rows, 1)
	p.total += problem.Rows
	if len(p.listed) < MaxProblems {
		p.listed = append(p.listed, problem)
	}
}

// refusal is the error that tells the problems, nil when there are none.
func (p *problems) refusal() *RefusedError {
	if p.total == 0 {
		return nil
	}
	order := make(map[string]int)
	for i, t := range tables() {
		order[t.file] = i
	}
	slices.SortStableFunc(p.listed, func(a, b Problem) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		return a.Line - b.Line
	})
	return &RefusedError{Problems: p.listed, Total: p.total}
}

// shown quotes a bad cell, cut to a length that leaves the message readable.
func shown(cell string) string {
	if utf8.RuneCountInString(cell) > maxShown {
		cell = string([]rune(cell)[:maxShown]) + "…"
	}
	return strconv.Quote(cell)
}
