package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"ferry/sql/importer"
)

const (
	// redrawEvery is how often a progress bar is drawn: often enough to look
	// alive, seldom enough to cost nothing.
	redrawEvery = 100 * time.Millisecond
	// barCells is the width of the bar itself.
	barCells = 24
	// defaultColumns is taken for a terminal that does not tell its width.
	defaultColumns = 80
)

// importDisplay shows how far an import has come: as a bar that is redrawn in
// place on a terminal, as a line for each file anywhere else.
type importDisplay struct {
	w       io.Writer
	columns int // of the terminal; 0 means that w is none
	now     func() time.Time
	stop    chan struct{}
	stopped chan struct{}

	mu    sync.Mutex
	last  importer.Progress
	since time.Time // when the stage of last, or its file, began
}

// newImportDisplay begins a display on w. Call close at its end.
func newImportDisplay(w io.Writer) *importDisplay {
	d := &importDisplay{w: w, columns: terminalColumns(w), now: time.Now}
	d.since = d.now()
	if d.columns > 0 {
		d.stop, d.stopped = make(chan struct{}), make(chan struct{})
		go d.redraw()
	}
	return d
}

// terminalColumns is the width of the terminal that w writes to, 0 when w is
// no terminal.
func terminalColumns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
		return columns
	}
	return defaultColumns
}

// show takes note of progress. It is the Progress function of an import.
func (d *importDisplay) show(p importer.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Stage == d.last.Stage && p.File == d.last.File {
		d.last = p
		return
	}
	if d.columns == 0 {
		if line := plainLine(p); line != "" {
			_, _ = io.WriteString(d.w, line+"\n") // the import goes on without its display
		}
	}
	d.last, d.since = p, d.now()
}

// plainLine tells of a new stage or file, "" when it is not worth a line.
func plainLine(p importer.Progress) string {
	switch p.Stage {
	case importer.StageWaiting:
		return "waiting for another import of this company to end"
	case importer.StageReading:
		return "reading " + p.File
	case importer.StageChecking:
		return "checking"
	case importer.StageStoring:
		if p.File != "" {
			return "storing " + p.File
		}
	case importer.StageFinished:
	}
	return ""
}

// redraw draws the bar until close.
func (d *importDisplay) redraw() {
	defer close(d.stopped)
	ticker := time.NewTicker(redrawEvery)
	defer ticker.Stop()
	for {
		select {
		case <-d.stop:
			_, _ = io.WriteString(d.w, clearLine)
			return
		case <-ticker.C:
			d.mu.Lock()
			line := bar(d.last, d.now().Sub(d.since))
			d.mu.Unlock()
			_, _ = io.WriteString(d.w, clearLine+cut(line, d.columns-1))
		}
	}
}

// clearLine goes to the first column and erases the line (ECMA-48, EL).
const clearLine = "\r\x1b[K"

// close ends the display and takes the bar away.
func (d *importDisplay) close() {
	if d.stop == nil {
		return
	}
	close(d.stop)
	<-d.stopped
}

// bar is progress on one line. Only reading has a known end; the other stages
// show how long they have taken.
func bar(p importer.Progress, elapsed time.Duration) string {
	if p.Stage != importer.StageReading || p.Size == 0 {
		line := plainLine(p)
		switch {
		case p.Stage == "":
			line = "connecting"
		case line == "":
			line = "storing"
		}
		return line + "  " + seconds(elapsed)
	}
	full := int(min(p.Read*barCells/p.Size, barCells))
	return fmt.Sprintf("reading  [%s%s] %3d%%  %s, %s", strings.Repeat("#", full), strings.Repeat(".", barCells-full),
		min(p.Read*100/p.Size, 100), p.File, counted(p.Rows, "row"))
}

// cut shortens a line to the terminal's width, so that it never wraps.
func cut(line string, columns int) string {
	if columns <= 0 || utf8.RuneCountInString(line) <= columns {
		return line
	}
	return string([]rune(line)[:columns])
}
