package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ferry/app/twilio"
)

const (
	// maxBody is far above what Twilio sends: 1,600 characters, percent-encoded
	// emoji and the metadata twice over stay under 64 KiB.
	maxBody = 256 << 10
	// smallBody holds nearly every webhook. Longer bodies share largeBodies
	// places, so that a crowd of unsigned senders cannot fill the memory:
	// largeBodies times maxBody is the most that they hold together.
	smallBody   = 16 << 10
	largeBodies = 32
	largeWait   = 2 * time.Second
	firstRead   = 2 << 10 // of a body that does not tell its length

	// A client that sends too much is answered at once, and its rest is thrown
	// away within these limits, for a client that reads only after it has
	// written would otherwise see a reset and no answer.
	lingerBytes = 16 << 20
	lingerTime  = 2 * time.Second
)

var (
	errTooLarge = errors.New("body over 256 KiB")
	errBusy     = errors.New("too many large bodies at once")
)

// bodies reads request bodies, once each and within bounds.
type bodies struct{ large chan struct{} }

func newBodies() *bodies { return &bodies{large: make(chan struct{}, largeBodies)} }

// body is a request's body, whole. done gives its place back.
type body struct {
	bytes []byte
	large chan struct{} // nil for a small one
}

func (b *body) done() {
	if b.large != nil {
		<-b.large
		b.large = nil
	}
}

// read reads the body of r. Its errors are errTooLarge, errBusy, a timeout, or
// the connection's.
func (b *bodies) read(r *http.Request) (body, error) {
	if r.ContentLength > maxBody {
		return body{}, errTooLarge
	}
	// One byte more than announced, so that the read that finds the end needs
	// no larger buffer. The announcement itself earns no more than smallBody.
	size := firstRead
	if r.ContentLength >= 0 {
		size = int(min(r.ContentLength, smallBody)) + 1
	}
	got := body{bytes: make([]byte, 0, size)}
	for {
		if len(got.bytes) == cap(got.bytes) {
			if err := b.grow(r, &got); err != nil {
				got.done()
				return body{}, err
			}
		}
		n, err := r.Body.Read(got.bytes[len(got.bytes):cap(got.bytes)])
		got.bytes = got.bytes[:len(got.bytes)+n]
		if len(got.bytes) > maxBody {
			err = errTooLarge
		}
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			got.done()
			return body{}, err
		}
	}
}

// grow makes the buffer larger, after it has found a place when the body turns
// out to be a large one.
func (b *bodies) grow(r *http.Request, got *body) error {
	size := 2 * cap(got.bytes)
	if size > smallBody && got.large == nil {
		timeout := time.NewTimer(largeWait)
		defer timeout.Stop()
		select {
		case b.large <- struct{}{}:
			got.large = b.large
			size = max(size, int(r.ContentLength)+1)
		case <-timeout.C:
			return errBusy
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	larger := make([]byte, len(got.bytes), min(size, maxBody+1))
	copy(larger, got.bytes)
	got.bytes = larger
	return nil
}

// bodyRefusal classifies an error of read.
func bodyRefusal(err error) *refusal {
	switch {
	case errors.Is(err, errTooLarge):
		return &refusal{status: http.StatusRequestEntityTooLarge, cause: err}
	case errors.Is(err, errBusy):
		return &refusal{status: http.StatusServiceUnavailable, cause: err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{status: http.StatusRequestTimeout, cause: errors.New("body too slow")}
	default:
		return &refusal{status: http.StatusBadRequest, cause: errors.New("body cut short")}
	}
}

// refuseTooLarge answers 413 while the client may still be sending.
func refuseTooLarge(c echo.Context) error {
	r, w := c.Request(), c.Response()
	control := http.NewResponseController(w)
	// This also keeps net/http from reading on before it writes the answer.
	w.Header().Set("Connection", "close")
	// Told, so that the client need not wait for the end of the connection.
	w.Header().Set("Content-Length", strconv.Itoa(len(appendError(nil, sentenceOf(http.StatusRequestEntityTooLarge)))))
	if err := refuse(c, http.StatusRequestEntityTooLarge); err != nil {
		return err
	}
	if err := control.Flush(); err != nil {
		return err
	}
	if r.Header.Get("Expect") != "" {
		return nil // it waits for a 100 and has sent nothing
	}
	// Without a bound there is no lingering.
	if control.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, r.Body, lingerBytes)
	}
	return nil
}

// isForm says that the request carries a plain form: all that Twilio posts.
func isForm(r *http.Request) bool {
	encoding := r.Header.Get("Content-Encoding")
	return twilio.IsForm(r.Header.Get("Content-Type")) && (encoding == "" || strings.EqualFold(encoding, "identity"))
}
