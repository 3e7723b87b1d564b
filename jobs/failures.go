package jobs

import (
	"errors"
	"io"
	"strings"

	"ferry/app"
)

// alarms says which failures of an agent an operator has to look at; the rest
// are a person's to mend, and the person is told in words.
func alarms(kind app.Kind) bool {
	switch kind {
	case app.Internal, app.Unavailable, app.Rejected, app.Uncertain:
		return true
	case app.Invalid, app.NotFound, app.Forbidden, app.Conflict, app.Throttled:
		return false
	}
	return true
}

// connectionLost recognises a connection that ended under a statement: pgx
// passes the reader's own error on.
func connectionLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "conn closed")
}
