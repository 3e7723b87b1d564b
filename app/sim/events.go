package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// events writes server-sent events (HTML Living Standard, 9.2). err is the
// first error; nothing is written after it.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func newEvents(w http.ResponseWriter) *events {
	w.Header().Set("Content-Type", "text/event-stream")
	return &events{w: w, control: http.NewResponseController(w)}
}

// event writes an event, its data as JSON, which has no line breaks.
func (e *events) event(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		e.err = err
		return
	}
	e.print("event: %s\ndata: %s\n\n", name, text)
}

// comment writes a line that means nothing.
func (e *events) comment() { e.print(":\n\n") }

func (e *events) print(format string, args ...any) {
	if e.err != nil {
		return
	}
	// In place of the listener's limit, which is made for webhooks: a stream
	// stays open, and only each write must end.
	if e.err = e.control.SetWriteDeadline(time.Now().Add(writePatience)); e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}

func (e *events) flush() {
	if e.err == nil {
		e.err = e.control.Flush()
	}
}
