package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxText is WhatsApp's own limit for a message, in characters.
	maxText = 4096
	// maxRequest bounds a request in bytes: the longest text, every character
	// of it escaped.
	maxRequest = 64 << 10
)

// message is what the API takes in: somebody writes something.
type message struct {
	As   string `json:"as"` // Person.Phone
	Text string `json:"text"`
}

// routes sets up the handler. Foreign sites may not post: a page elsewhere in
// the same browser could write in people's names otherwise.
func (s *Simulator) routes() error {
	page, err := loadPage()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path+"{$}", page.shown(s))
	mux.Handle("GET "+Path+"assets/", http.StripPrefix(Path, page.assets()))
	mux.HandleFunc("GET "+Path+"api/people", s.getPeople)
	mux.HandleFunc("GET "+Path+"api/messages", s.getMessages)
	mux.HandleFunc("POST "+Path+"api/messages", s.postMessage)
	mux.HandleFunc("GET "+Path+"api/events", s.getEvents)
	mux.Handle(strings.TrimSuffix(Path, "/"), http.RedirectHandler(Path, http.StatusPermanentRedirect))
	s.handler = http.NewCrossOriginProtection().Handler(mux)
	return nil
}

func (s *Simulator) getPeople(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string][]Person{"people": s.list()})
}

func (s *Simulator) getMessages(w http.ResponseWriter, r *http.Request) {
	as := phoneNumber(r.URL.Query().Get("as"))
	writeJSON(w, http.StatusOK, map[string][]Bubble{"messages": s.journal.list(as)})
}

func (s *Simulator) postMessage(w http.ResponseWriter, r *http.Request) {
	m, err := readMessage(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	phone, err := s.phone(m.As)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	// A page that is closed must not tear up the webhook: no phone could.
	writeJSON(w, http.StatusOK, s.send(r.Context(), phone, m.Text))
}

func readMessage(w http.ResponseWriter, r *http.Request) (message, error) {
	var m message
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, fmt.Errorf(`want {"as": PHONE, "text": TEXT}: %w`, err)
	}
	m.As = phoneNumber(m.As)
	switch {
	case strings.TrimSpace(m.Text) == "":
		return m, fmt.Errorf("the text is empty")
	case utf8.RuneCountInString(m.Text) > maxText:
		return m, fmt.Errorf("the text is longer than the %d characters that WhatsApp takes", maxText)
	}
	return m, nil
}

// The stream of GET api/events: a hello with the name of this run, a bubble for
// each message there is, ready, and then a bubble whenever one is new or has
// changed.
const (
	eventHello  = "hello"
	eventBubble = "bubble"
	eventReady  = "ready"
)

const (
	// breath is how often a quiet stream shows that it lives.
	breath = 15 * time.Second
	// writePatience is how long a page may take to accept a change.
	writePatience = 10 * time.Second
)

func (s *Simulator) getEvents(w http.ResponseWriter, r *http.Request) {
	stream := newEvents(w)
	past, reader := s.journal.follow(phoneNumber(r.URL.Query().Get("as")))
	defer s.journal.leave(reader)
	stream.event(eventHello, map[string]string{"run": s.run})
	for _, b := range past {
		stream.event(eventBubble, b)
	}
	stream.event(eventReady, struct{}{})
	stream.flush()
	ticker := time.NewTicker(breath)
	defer ticker.Stop()
	for stream.err == nil {
		select {
		case b, open := <-reader.changes:
			if !open {
				return
			}
			stream.event(eventBubble, b)
		case <-ticker.C:
			stream.comment()
		case <-r.Context().Done():
			return
		}
		stream.flush()
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

func refuse(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}
