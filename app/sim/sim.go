// Package sim is the demo's simulator: phones in a web page, and a client for
// the terminal, on which people of a company write to ferry and read what it
// answers.
//
// It speaks only the wire. What a person sends is a webhook that the fake
// Twilio (twiliotest) signs and posts; what comes back is what ferry asks that
// fake to send. The page and the terminal use the small JSON API of api.go.
//
// It is part of the demo alone: whoever reaches the page may write as anybody,
// so it must never stand beside a real company's data.
package sim

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
)

// Path is where the simulator expects to be mounted, with everything below it.
const Path = "/simulator/"

// maxPeople bounds the people of one simulator, those included that join by
// writing from a number which was not on the list.
const maxPeople = 200

// Options are what a Simulator is made of. All but Chips and Operators are
// required.
type Options struct {
	Fake       *twiliotest.Fake // whose account ferry sends from
	WebhookURL string           // where the fake posts what people write
	Company    string           // its name, for people to see
	People     []Person         // who is on the list, in its order
	Chips      []string         // messages that are sent with one click
	Operators  string           // URL of the operators' pages; "" for no link
}

// Simulator serves the page and its API below Path. Close it before the server
// that it is mounted on is shut down: an open page holds a connection.
type Simulator struct {
	options Options
	handler http.Handler
	journal *journal
	run     string // names this simulator, so that a page notices the next one
	cancels []func()
	done    chan struct{} // closed by Close
	closing sync.Once

	mu     sync.Mutex
	people []Person
	phones map[string]*twiliotest.Phone // by Person.Phone
}

// New makes a simulator that listens to its fake from now on.
func New(o Options) (*Simulator, error) {
	if len(o.People) == 0 {
		return nil, errors.New("the simulator needs at least one person")
	}
	s := &Simulator{
		options: o, journal: newJournal(), run: uuid.NewString(), done: make(chan struct{}),
		phones: make(map[string]*twiliotest.Phone),
	}
	for _, p := range o.People {
		if err := s.add(p); err != nil {
			return nil, err
		}
	}
	if err := s.routes(); err != nil {
		return nil, err
	}
	s.cancels = []func(){o.Fake.OnMessage(s.journal.message), o.Fake.OnStatus(s.journal.status)}
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the open pages' streams and listens to the fake no more.
func (s *Simulator) Close() {
	s.closing.Do(func() {
		close(s.done)
		for _, cancel := range s.cancels {
			cancel()
		}
		s.journal.close()
	})
}

// add puts a person on the list. The caller holds mu, or is New.
func (s *Simulator) add(p Person) error {
	address, err := app.AddressOfPhone(p.Phone)
	if err != nil {
		return fmt.Errorf("the phone number of a person: %w", err)
	}
	phone := s.options.Fake.Phone(address, s.options.Fake.Number(), s.options.WebhookURL)
	phone.ProfileName = p.Name
	s.people = append(s.people, p)
	s.phones[p.Phone] = phone
	return nil
}

// phone finds the phone of a number. Any number may write, as in real life: one
// that is new joins the list.
func (s *Simulator) phone(number string) (*twiliotest.Phone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if phone, ok := s.phones[number]; ok {
		return phone, nil
	}
	if len(s.people) >= maxPeople {
		return nil, fmt.Errorf("the simulator has its %d people already", maxPeople)
	}
	if err := s.add(Person{Phone: number, Name: number}); err != nil {
		return nil, err
	}
	return s.phones[number], nil
}

// list copies the people, those on the list from the beginning first.
func (s *Simulator) list() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Person(nil), s.people...)
}
