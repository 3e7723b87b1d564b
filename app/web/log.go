package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// logEvery is the pause between two lines about the same status. Whoever
// reaches the public listener can make requests fail; they must not be able to
// fill the disk.
const logEvery = time.Second

// sampledLog writes at most one line a second for each status, and tells in
// the next line how many it left out.
type sampledLog struct {
	to  *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	written map[int]time.Time
	omitted map[int]int
}

func newSampledLog(to *slog.Logger) *sampledLog {
	return &sampledLog{to: to, now: time.Now, written: map[int]time.Time{}, omitted: map[int]int{}}
}

// turn returns the logger for one line about this status; false when it is too
// soon for one.
func (l *sampledLog) turn(status int) (*slog.Logger, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if last, ok := l.written[status]; ok && now.Sub(last) < logEvery {
		l.omitted[status]++
		return nil, false
	}
	omitted := l.omitted[status]
	l.written[status], l.omitted[status] = now, 0
	if omitted == 0 {
		return l.to, true
	}
	return l.to.With("omitted", omitted), true
}

// logPanic logs a panic with its stack. The stack holds places in the code and
// no values; of the panic's own value only the type is told, unless it is the
// runtime's, because it may hold what a person wrote.
func logPanic(log *slog.Logger, route, sid string, value any) {
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	attrs := []slog.Attr{slog.String("route", route), slog.String("panic", what), slog.String("stack", string(debug.Stack()))}
	if sid != "" {
		attrs = append(attrs, slog.String("message_sid", sid))
	}
	log.LogAttrs(context.Background(), slog.LevelError, "request panicked", attrs...)
}

// answerPanic answers a request whose handler panicked, if nothing was
// answered yet.
func answerPanic(c echo.Context) {
	if !c.Response().Committed {
		_ = refuse(c, http.StatusInternalServerError) // the connection may be gone
	}
}

// guarded is a handler whose panics are logged and answered with 500.
func guarded(log *slog.Logger, h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			logPanic(log, c.Path(), "", value)
			answerPanic(c)
		}()
		return h(c)
	}
}
