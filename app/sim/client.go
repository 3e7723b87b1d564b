package sim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client talks to a running simulator's API.
type Client struct {
	base string // URL of the simulator, without a slash at the end
	http *http.Client
}

// NewClient makes a client of the simulator at a server's base URL, such as
// http://127.0.0.1:8080. Close it when done.
func NewClient(baseURL string) *Client {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	return &Client{
		base: strings.TrimRight(baseURL, "/") + strings.TrimSuffix(Path, "/"),
		http: &http.Client{Transport: transport},
	}
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// People lists the simulator's people.
func (c *Client) People(ctx context.Context) ([]Person, error) {
	var answer struct {
		People []Person `json:"people"`
	}
	err := c.call(ctx, http.MethodGet, "/api/people", nil, &answer)
	return answer.People, err
}

// Messages lists the messages of a person, or everybody's for "".
func (c *Client) Messages(ctx context.Context, as string) ([]Bubble, error) {
	var answer struct {
		Messages []Bubble `json:"messages"`
	}
	err := c.call(ctx, http.MethodGet, "/api/messages?"+url.Values{"as": {as}}.Encode(), nil, &answer)
	return answer.Messages, err
}

// Send writes a text as the person with a phone number, and returns when ferry
// has answered the webhook, be it with a refusal.
func (c *Client) Send(ctx context.Context, as, text string) (Sent, error) {
	var answer Sent
	err := c.call(ctx, http.MethodPost, "/api/messages", message{As: as, Text: text}, &answer)
	return answer, err
}

// call makes a request with body as JSON and reads the answer into answer.
func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	resp, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // the body was read
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the simulator's answer: %w", err)
	}
	return nil
}

// request makes a request. The body of its answer is the caller's to close; an
// answer that is no success is an error.
func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, fmt.Errorf("build a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // the answer is of no use
	var refusal struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&refusal); err != nil || refusal.Error == "" {
		return nil, fmt.Errorf("the simulator answers %s: is this the address of a ferry demo?", resp.Status)
	}
	return nil, errors.New(refusal.Error)
}

// Stream is the changes of a person's chat, as they happen.
type Stream struct {
	body  io.Closer
	lines *bufio.Scanner
}

// Follow listens to the chat of a person, or to everybody's for "". It returns
// what there is and a stream of what changes after that. The stream ends with
// ctx, or when it is closed.
func (c *Client) Follow(ctx context.Context, as string) (past []Bubble, stream *Stream, err error) {
	resp, err := c.request(ctx, http.MethodGet, "/api/events?"+url.Values{"as": {as}}.Encode(), nil) //nolint:bodyclose // the stream closes it
	if err != nil {
		return nil, nil, err
	}
	s := &Stream{body: resp.Body, lines: bufio.NewScanner(resp.Body)}
	s.lines.Buffer(nil, 16*maxRequest)
	for {
		name, data, err := s.next()
		var b Bubble
		if err == nil && name == eventBubble {
			b, err = readBubble(data)
		}
		switch {
		case err != nil:
			return nil, nil, errors.Join(err, s.Close())
		case name == eventReady:
			return past, s, nil
		case name == eventBubble:
			past = append(past, b)
		}
	}
}

// Next waits for the next change.
func (s *Stream) Next() (Bubble, error) {
	for {
		name, data, err := s.next()
		if err != nil {
			return Bubble{}, err
		}
		if name == eventBubble {
			return readBubble(data)
		}
	}
}

func readBubble(data []byte) (Bubble, error) {
	var b Bubble
	if err := json.Unmarshal(data, &b); err != nil {
		return Bubble{}, fmt.Errorf("read a change: %w", err)
	}
	return b, nil
}

// next reads an event: its name, and data that is good until the next call.
func (s *Stream) next() (name string, data []byte, err error) {
	for s.lines.Scan() {
		line := s.lines.Bytes()
		if text, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			name = string(text)
		} else if text, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			return name, text, nil
		}
	}
	if err := s.lines.Err(); err != nil {
		return "", nil, fmt.Errorf("listen to the simulator: %w", err)
	}
	return "", nil, errors.New("the simulator has ended")
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }
