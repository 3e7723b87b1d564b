package twiliotest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// messageJSON is a message as the API writes it: everything is a string or
// null, but for the error code (twilio/twilio-oai, twilio_api_v2010.json).
type messageJSON struct {
	Body                string            `json:"body"`
	NumSegments         string            `json:"num_segments"`
	Direction           string            `json:"direction"`
	From                *string           `json:"from"`
	To                  string            `json:"to"`
	DateUpdated         *string           `json:"date_updated"`
	Price               *string           `json:"price"`
	ErrorMessage        *string           `json:"error_message"`
	URI                 string            `json:"uri"`
	AccountSID          string            `json:"account_sid"`
	NumMedia            string            `json:"num_media"`
	Status              string            `json:"status"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	SID                 string            `json:"sid"`
	DateSent            *string           `json:"date_sent"`
	DateCreated         *string           `json:"date_created"`
	ErrorCode           *int              `json:"error_code"`
	PriceUnit           *string           `json:"price_unit"`
	APIVersion          string            `json:"api_version"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
}

type pageJSON struct {
	End             int           `json:"end"`
	FirstPageURI    string        `json:"first_page_uri"`
	NextPageURI     *string       `json:"next_page_uri"`
	Page            int           `json:"page"`
	PageSize        int           `json:"page_size"`
	PreviousPageURI *string       `json:"previous_page_uri"`
	Messages        []messageJSON `json:"messages"`
	Start           int           `json:"start"`
	URI             string        `json:"uri"`
}

func (f *Fake) messagesPath() string {
	return "/2010-04-01/Accounts/" + f.options.AccountSID + "/Messages"
}

func (f *Fake) record(m Message) messageJSON {
	uri := f.messagesPath() + "/" + m.SID
	j := messageJSON{
		Body:            m.Body,
		NumSegments:     "1",
		Direction:       "outbound-api",
		From:            optional(m.From),
		To:              m.To,
		DateUpdated:     optionalTime(m.DateUpdated),
		URI:             uri + ".json",
		AccountSID:      f.options.AccountSID,
		NumMedia:        strconv.Itoa(len(m.MediaURLs)),
		Status:          m.Status,
		SID:             m.SID,
		DateSent:        optionalTime(m.DateSent),
		DateCreated:     optionalTime(m.DateCreated),
		APIVersion:      "2010-04-01",
		SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
	j.MessagingServiceSID = optional(m.MessagingServiceSID)
	if m.Inbound {
		j.Direction = "inbound"
	}
	if m.ErrorCode != 0 {
		code := m.ErrorCode
		j.ErrorCode = &code
		j.ErrorMessage = optional("Error " + strconv.Itoa(code))
	}
	return j
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// optionalTime writes a time as RFC 2822, in whole seconds of GMT.
func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC1123Z)
	return &s
}

func (f *Fake) fetch(w http.ResponseWriter, r *http.Request, sid string) {
	f.mu.Lock()
	f.stats.Fetches++
	m, ok := f.bySID[sid]
	var copied Message
	if ok {
		copied = m.clone()
	}
	f.mu.Unlock()
	if !ok {
		answer(w, http.StatusNotFound, refuse(http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found"))
		return
	}
	answer(w, http.StatusOK, f.record(copied))
}

// filter is what a listing asks for. Twilio's DateSent filters leave out what
// has not been sent yet.
type filter struct {
	to, from          string
	after, before, on time.Time // zero without the filter
}

func readFilter(query url.Values) (filter, error) {
	want := filter{to: query.Get("To"), from: query.Get("From")}
	for _, date := range []struct {
		name string
		into *time.Time
	}{{"DateSent>", &want.after}, {"DateSent<", &want.before}, {"DateSent", &want.on}} {
		raw := query.Get(date.name)
		if raw == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			if at, err = time.Parse(time.DateOnly, raw); err != nil {
				return filter{}, fmt.Errorf("%s is not a date", date.name)
			}
		}
		*date.into = at
	}
	return want, nil
}

func (want filter) accepts(m *Message) bool {
	if (want.to != "" && m.To != want.to) || (want.from != "" && m.From != want.from) {
		return false
	}
	dated := !want.after.IsZero() || !want.before.IsZero() || !want.on.IsZero()
	if !dated {
		return true
	}
	sent := m.DateSent.UTC().Truncate(time.Second)
	switch {
	case m.DateSent.IsZero(),
		!want.after.IsZero() && sent.Before(want.after),
		!want.before.IsZero() && sent.After(want.before),
		!want.on.IsZero() && sent.Format(time.DateOnly) != want.on.Format(time.DateOnly):
		return false
	}
	return true
}

// list answers a page of messages, the newest first.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	want, err := readFilter(query)
	if err != nil {
		answer(w, http.StatusBadRequest, refuse(http.StatusBadRequest, 20001, err.Error()))
		return
	}
	size, number := number(query.Get("PageSize"), 50), number(query.Get("Page"), 0)
	size = min(max(size, 1), 1000)
	f.mu.Lock()
	f.stats.Lists++
	messages := make([]messageJSON, 0, size)
	skip, more := number*size, false
	for i := len(f.records) - 1; i >= 0; i-- {
		if !want.accepts(f.records[i]) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(messages) == size {
			more = true
			break
		}
		messages = append(messages, f.record(f.records[i].clone()))
	}
	f.mu.Unlock()
	page := pageJSON{
		FirstPageURI: f.pageURI(query, size, 0),
		Page:         number,
		PageSize:     size,
		Messages:     messages,
		Start:        number * size,
		End:          number*size + max(0, len(messages)-1),
		URI:          f.pageURI(query, size, number),
	}
	if more {
		page.NextPageURI = optional(f.pageURI(query, size, number+1))
	}
	if number > 0 {
		page.PreviousPageURI = optional(f.pageURI(query, size, number-1))
	}
	answer(w, http.StatusOK, page)
}

// pageURI is the address of a page. Twilio asks for a PageToken from the second
// page on, so the fake hands one out.
func (f *Fake) pageURI(query url.Values, size, number int) string {
	next := url.Values{}
	for name, values := range query {
		next[name] = values
	}
	next.Set("PageSize", strconv.Itoa(size))
	next.Set("Page", strconv.Itoa(number))
	if number > 0 {
		next.Set("PageToken", "PA"+strconv.Itoa(number))
	}
	return f.messagesPath() + ".json?" + next.Encode()
}

// number reads a whole number that is not negative.
func number(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}
