package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app/web"
)

const (
	limit    = 256 << 10
	tooLarge = "Request too large: the limit is 256 KiB"
	tooSlow  = "Request too slow: send it whole within 10 seconds"
)

// dial opens a raw connection to the door.
func (d *door) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return conn.(*net.TCPConn)
}

// head is the start of a raw POST to the webhook.
func head(headers ...string) string {
	lines := append([]string{
		"POST " + web.MessagePath + " HTTP/1.1", "Host: ferry.example.com",
		"Content-Type: application/x-www-form-urlencoded",
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// answerOf reads the answer on a raw connection.
func answerOf(t *testing.T, conn io.Reader) *http.Response {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodPost})
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// onlyReader hides a body's length, so that it is sent in chunks.
type onlyReader struct{ io.Reader }

func TestBodySizes(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, tc := range []struct {
		name    string
		size    int
		chunked bool
		status  int
	}{
		// Nothing here is signed: a body within the limit gets as far as the
		// signature.
		{"empty", 0, false, http.StatusUnauthorized},
		{"one byte", 1, true, http.StatusUnauthorized},
		{"a large form", 17 << 10, false, http.StatusUnauthorized},
		{"at the limit", limit, false, http.StatusUnauthorized},
		{"at the limit, in chunks", limit, true, http.StatusUnauthorized},
		{"one over", limit + 1, false, http.StatusRequestEntityTooLarge},
		{"one over, in chunks", limit + 1, true, http.StatusRequestEntityTooLarge},
		{"8 MiB", 8 << 20, false, http.StatusRequestEntityTooLarge},
		{"8 MiB, in chunks", 8 << 20, true, http.StatusRequestEntityTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var body io.Reader = bytes.NewReader(bytes.Repeat([]byte("x"), tc.size))
			if tc.chunked {
				body = onlyReader{body}
			}
			answer := d.postBody(t, web.MessagePath, body)
			if tc.status == http.StatusUnauthorized {
				requireRefused(t, answer, tc.status, "Invalid signature")
				return
			}
			require.True(t, answer.Close, "the connection was kept although its body was not read")
			requireRefused(t, answer, tc.status, tooLarge)
		})
	}
}

// A signed form of a size that only emoji reach, in one piece and in chunks.
func TestLargeFormIsReadWhole(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	fields := aMessage(map[string]string{"Body": strings.Repeat("📦", 1600), "ProfileName": strings.Repeat("é", 100)})
	require.Greater(t, len(fields.Encode()), 16<<10)
	requireEmptyTwiML(t, d.post(t, web.MessagePath, fields))
	requireEmptyTwiML(t, d.postBody(t, web.MessagePath, onlyReader{strings.NewReader(fields.Encode())},
		"X-Twilio-Signature: "+sign(authToken, publicURL+web.MessagePath, fields)))
}

// A client that writes everything before it reads must find the answer, not a
// reset connection.
func TestTooLargeIsAnsweredToClientsThatWriteFirst(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	conn := d.dial(t)
	const size = 8 << 20
	_, err := io.WriteString(conn, head(fmt.Sprintf("Content-Length: %d", size)))
	require.NoError(t, err)
	_, err = conn.Write(bytes.Repeat([]byte("x"), size))
	require.NoError(t, err)
	requireRefused(t, answerOf(t, conn), http.StatusRequestEntityTooLarge, tooLarge)
}

// The limit holds while the body still comes: the answer is there as soon as
// it is passed, without an end of the body.
func TestTooLargeIsAnsweredWhileStreaming(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, tc := range []struct {
		name    string
		headers []string
		write   func(io.Writer) error
	}{
		{"announced", []string{"Content-Length: 1073741824"}, func(io.Writer) error { return nil }},
		{"announced, and waiting to be asked", []string{"Content-Length: 1073741824", "Expect: 100-continue"}, func(io.Writer) error { return nil }},
		{"in chunks", []string{"Transfer-Encoding: chunked"}, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%x\r\n%s\r\n", limit+1, strings.Repeat("x", limit+1))
			return err
		}},
		{"within one huge chunk", []string{"Transfer-Encoding: chunked"}, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "7fffffff\r\n%s", strings.Repeat("x", limit+1))
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			conn := d.dial(t)
			_, err := io.WriteString(conn, head(tc.headers...))
			require.NoError(t, err)
			require.NoError(t, tc.write(conn))
			began := time.Now()
			requireRefused(t, answerOf(t, conn), http.StatusRequestEntityTooLarge, tooLarge)
			require.Less(t, time.Since(began), time.Second)
		})
	}
}

// A crowd that sends large bodies and never ends them costs a bounded amount
// of memory: some hold a place, the others are sent away. They wait 2 s for a
// place, and so does this test.
func TestManyEndlessBodiesStayWithinMemory(t *testing.T) { //nolint:paralleltest // it measures the heap of the whole process
	d := newDoor(t)
	const senders, places = 300, 32
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64, 1)
	go func() { peak <- highestHeap(stop) }()

	request := []byte(head("Transfer-Encoding: chunked") + "7fffffff\r\n" + strings.Repeat("x", limit-1))
	statuses := make(chan int, senders)
	conns := make([]*net.TCPConn, senders)
	for i := range conns {
		conns[i] = d.dial(t)
		go func() { statuses <- statusAfter(conns[i], request) }()
	}
	sentAway := map[int]int{}
	for range senders - places {
		sentAway[<-statuses]++
	}
	// Some may miss their answer, for they are still sending when the
	// connection ends.
	require.Equal(t, senders-places, sentAway[http.StatusServiceUnavailable]+sentAway[0], "%v", sentAway)
	require.NotZero(t, sentAway[http.StatusServiceUnavailable])
	close(stop)
	grown := int64(<-peak) - int64(before.HeapInuse)
	// 300 such bodies are 75 MiB, without the buffers that they grew out of.
	t.Logf("%d KiB for %d senders", grown>>10, senders)
	require.Less(t, grown, int64(40<<20), "%d MiB for %d senders", grown>>20, senders)

	for _, conn := range conns {
		_ = conn.Close()
	}
	for range places {
		require.Zero(t, <-statuses, "a body without an end was answered")
	}
	requireEmptyTwiML(t, d.post(t, web.MessagePath, aMessage(map[string]string{"Body": strings.Repeat("📦", 1600)})))
}

// statusAfter writes a request and returns the status of the answer, 0 when
// the connection ends without one.
func statusAfter(conn net.Conn, request []byte) int {
	go func() { _, _ = conn.Write(request) }()
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodPost})
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func highestHeap(stop <-chan struct{}) uint64 {
	var highest uint64
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return highest
		case <-tick.C:
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			highest = max(highest, now.HeapInuse)
		}
	}
}

func TestConnectionLimitsOfTheProduct(t *testing.T) {
	t.Parallel()
	server := newDoor(t).server.HTTP()
	require.LessOrEqual(t, server.ReadHeaderTimeout, 5*time.Second)
	require.LessOrEqual(t, server.ReadTimeout, 10*time.Second)
	require.Positive(t, server.ReadHeaderTimeout)
	require.Positive(t, server.ReadTimeout)
	require.Greater(t, server.WriteTimeout, 12*time.Second, "less than the inbox's budget")
	require.Positive(t, server.IdleTimeout)
	require.LessOrEqual(t, server.MaxHeaderBytes, 64<<10)
}

// impatient shortens the time that a client has to send.
func impatient(server *web.Server) {
	server.HTTP().ReadHeaderTimeout = 200 * time.Millisecond
	server.HTTP().ReadTimeout = 400 * time.Millisecond
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	d := newDoor(t, impatient)
	conn := d.dial(t)
	_, err := io.WriteString(conn, "POST "+web.MessagePath+" HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	require.NoError(t, err)
	began := time.Now()
	_, err = io.Copy(io.Discard, conn)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the connection was left open")
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestSlowBodiesAreToldSo(t *testing.T) {
	t.Parallel()
	d := newDoor(t, impatient)
	for _, header := range []string{"Content-Length: 100", "Transfer-Encoding: chunked"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			conn := d.dial(t)
			_, err := io.WriteString(conn, head(header)+"5\r\nBody=")
			require.NoError(t, err)
			requireRefused(t, answerOf(t, conn), http.StatusRequestTimeout, tooSlow)
		})
	}
}

func TestBrokenRequests(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, tc := range []struct {
		name    string
		request string
		status  int
	}{
		{"body cut short", head("Content-Length: 100") + "Body=x", http.StatusBadRequest},
		{"chunk cut short", head("Transfer-Encoding: chunked") + "ff\r\nBody=x", http.StatusBadRequest},
		{"chunk of no size", head("Transfer-Encoding: chunked") + "zz\r\n\r\n", http.StatusBadRequest},
		{"two lengths", head("Content-Length: 3", "Content-Length: 4") + "a=b", http.StatusBadRequest},
		{"negative length", head("Content-Length: -1"), http.StatusBadRequest},
		{"unknown transfer encoding", head("Transfer-Encoding: gzip, chunked"), http.StatusNotImplemented},
		{"no host", "POST " + web.MessagePath + " HTTP/1.1\r\n\r\n", http.StatusBadRequest},
		{"endless header", head("X-Long: " + strings.Repeat("x", 64<<10)), http.StatusRequestHeaderFieldsTooLarge},
		{"not HTTP", "hello\r\n\r\n", http.StatusBadRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			conn := d.dial(t)
			// The other side may answer and close before it has read it all.
			_, _ = io.WriteString(conn, tc.request)
			_ = conn.CloseWrite()
			require.Equal(t, tc.status, answerOf(t, conn).StatusCode)
		})
	}
}

// When a length and chunks are both announced, an intermediary and we might
// read two different requests: after such a one nothing more may be read from
// the connection.
func TestLengthAndChunksTogether(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	conn := d.dial(t)
	_, err := io.WriteString(conn, head("Content-Length: 5", "Transfer-Encoding: chunked")+"0\r\n\r\n"+
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(all), "HTTP/1.1 "), "a second request was read from the connection")
}
