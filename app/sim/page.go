package sim

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed page/*.html page/assets
var files embed.FS

// pagePolicy lets the page load what is served beside it and nothing else, and
// talk to this server alone. It takes the place of the listener's policy, which
// allows nothing, as webhooks need no more.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is the simulator's page: HTML from the server, and assets.
type page struct {
	html  *template.Template
	files fs.FS
}

// view is what the page's template sees.
type view struct {
	Company   string
	Number    string // ferry's
	People    []Person
	Chosen    Person
	Chatting  bool // the address names the person: a phone shows the chat, not the list
	Chips     []string
	Operators string
}

func loadPage() (page, error) {
	html, err := template.ParseFS(files, "page/*.html")
	if err != nil {
		return page{}, fmt.Errorf("read the simulator's page: %w", err)
	}
	below, err := fs.Sub(files, "page")
	if err != nil {
		return page{}, fmt.Errorf("read the simulator's assets: %w", err)
	}
	return page{html, below}, nil
}

// assets serves the page's scripts and styles.
func (p page) assets() http.Handler { return http.FileServerFS(p.files) }

// shown serves the page with the people of a simulator.
func (p page) shown(s *Simulator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := view{
			Company: s.options.Company, Number: numberOf(string(s.options.Fake.Number())), People: s.list(),
			Chips: s.options.Chips, Operators: s.options.Operators,
		}
		v.Chosen = v.People[0]
		as := phoneNumber(r.URL.Query().Get("as"))
		for _, person := range v.People {
			if person.Phone == as {
				v.Chosen, v.Chatting = person, true
			}
		}
		var html bytes.Buffer
		if err := p.html.ExecuteTemplate(&html, "index.html", v); err != nil {
			http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = html.WriteTo(w) // the client may be gone
	})
}
