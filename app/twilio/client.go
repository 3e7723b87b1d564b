package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
)

// longestAnswer bounds what is read of an answer. A page of 1000 messages of
// 1600 characters stays below it.
const longestAnswer = 8 << 20

// request carries one call through twilio-go, which knows no context, follows
// redirects with a client of one's own, loses the headers of refusals and
// leaves their bodies open (twilio-go v1.31.0, client/client.go). It
// implements client.BaseClient, lives for one call and is not shared.
type request struct {
	ctx    context.Context //nolint:containedctx // it stands for one call, because BaseClient has no room for a context
	sender *Sender
}

var _ client.BaseClient = (*request)(nil)

// AccountSid implements client.BaseClient: it names the account in the path.
func (r *request) AccountSid() string { return r.sender.config.AccountSID }

// SetTimeout implements client.BaseClient. The context bounds the call instead.
func (r *request) SetTimeout(time.Duration) {}

// SetOauth implements client.BaseClient. ferry uses basic authentication.
func (r *request) SetOauth(client.OAuth) {}

// OAuth implements client.BaseClient.
func (r *request) OAuth() client.OAuth { return nil }

// SendRequest implements client.BaseClient: it makes the request against the
// configured base URL and returns an answer whose body is in memory and whose
// connection is free again. Anything but a 2xx is a *SendError.
func (r *request) SendRequest(method, rawURL string, data url.Values, _ map[string]any, _ ...byte) (*http.Response, error) {
	req, err := r.build(method, rawURL, data)
	if err != nil {
		return nil, err
	}
	// GotConn runs on this goroutine, before the first byte goes out: without
	// it nothing can have been written. With it nothing is certain any more,
	// because the write runs on a goroutine of its own, which may go on after
	// Do has returned for a deadline.
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := r.sender.http.Do(req.WithContext(httptrace.WithClientTrace(r.ctx, trace)))
	if err != nil {
		return nil, transportError(err, connected.Load())
	}
	body, err := readAll(resp)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// A refusal whose body breaks off is still a refusal; only its code is lost.
		return nil, answerError(resp.StatusCode, codeOf(body), resp.Header, r.sender.config.now())
	}
	if err != nil {
		return nil, &SendError{Class: ClassUncertain, HTTPStatus: resp.StatusCode, Err: errUnreadable}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (r *request) build(method, rawURL string, data url.Values) (*http.Request, error) {
	// twilio-go names a host of its own; only the path and query are wanted.
	_, path, ok := strings.Cut(strings.TrimPrefix(rawURL, "https://"), "/")
	if !ok {
		return nil, &SendError{Class: ClassBug, Err: errUnreadable}
	}
	target := r.sender.base + "/" + path
	var body io.Reader
	if method == http.MethodGet {
		if len(data) > 0 {
			target += "?" + data.Encode()
		}
	} else {
		body = strings.NewReader(data.Encode())
	}
	req, err := http.NewRequest(method, target, body) //nolint:noctx // SendRequest adds the context together with its trace
	if err != nil {
		return nil, &SendError{Class: ClassConfiguration, Err: fmt.Errorf("build a request to the API URL: %w", errUnreadable)}
	}
	if body != nil {
		req.Header["Content-Type"] = formContentType
	}
	req.Header["Authorization"] = r.sender.authorization
	req.Header["Accept"] = acceptJSON
	req.Header["User-Agent"] = userAgent
	return req, nil
}

// Header values that never change; the client copies none of them.
var (
	formContentType = []string{"application/x-www-form-urlencoded"}
	acceptJSON      = []string{"application/json"}
	userAgent       = []string{"ferry"}
)

// readAll reads the body to its end, so that the connection can be used again,
// and closes it.
func readAll(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close() //nolint:errcheck // the body was read; closing tells nothing new
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= longestAnswer {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(resp.Body, longestAnswer))
	return buf.Bytes(), err
}

// codeOf reads the error code of Twilio's answer; 0 for any other body, such
// as the page of a proxy.
func codeOf(body []byte) int {
	var answer struct {
		Code int `json:"code"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0
	}
	return answer.Code
}
