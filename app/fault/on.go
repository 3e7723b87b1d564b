//go:build faults

package fault

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// passed counts the passings of the armed point.
var passed atomic.Int64

// Point kills the process, with SIGKILL, when FERRY_FAULT is "NAME:N" with
// this point's name and this is the N-th passing.
func Point(name Name) {
	armed, nth, ok := cutLast(os.Getenv("FERRY_FAULT"))
	if !ok || armed != string(name) || passed.Add(1) != nth {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // nothing more happens in this process
}

// cutLast takes "run:done:3" apart.
func cutLast(s string) (name string, nth int64, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", 0, false
	}
	nth, err := strconv.ParseInt(s[i+1:], 10, 64)
	return s[:i], nth, err == nil
}
