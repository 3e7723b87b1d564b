package twilio

import (
	"context"
	"net/http"
	"net/url"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ferry/app"
)

const (
	sentPageSize = 100
	// sentMaxPages bounds a listing: 2000 messages to one person in the minutes
	// that are looked at is far beyond WhatsApp's pair limit.
	sentMaxPages = 20
)

// SentMessage is a message that Twilio has on record.
type SentMessage struct {
	SID         string
	Body        string
	Status      string
	DateCreated time.Time // whole seconds; zero when Twilio did not say
	ErrorCode   int       // 0 without an error
}

// Sent lists the messages to a person since a moment, in Twilio's order, for
// settling sends of unknown outcome. It looks twice: by the day of sending,
// all pages, and once more without a date, newest page only, because a message
// still in Twilio's queue has no day of sending yet. Any error is a *SendError.
func (s *Sender) Sent(ctx context.Context, to app.Address, since time.Time) ([]SentMessage, error) {
	service, err := s.service(ctx)
	if err != nil {
		return nil, err
	}
	// Twilio's dates have whole seconds: a message made 0.9 s after since would
	// otherwise look older than it.
	since = since.UTC().Truncate(time.Second)
	byDate := (&api.ListMessageParams{}).SetTo(string(to)).SetDateSentAfter(since).SetPageSize(sentPageSize)
	messages, err := listAll(service, byDate)
	if err != nil {
		return nil, err
	}
	newest, err := listPage(service, (&api.ListMessageParams{}).SetTo(string(to)).SetPageSize(sentPageSize), "", "")
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(messages))
	for _, m := range messages {
		seen[m.SID] = true
	}
	for i := range newest.Messages {
		m := sentMessage(&newest.Messages[i])
		if !seen[m.SID] && !m.DateCreated.Before(since) {
			messages = append(messages, m)
		}
	}
	return messages, nil
}

func listAll(service *api.ApiService, params *api.ListMessageParams) ([]SentMessage, error) {
	var all []SentMessage
	token, number := "", ""
	for range sentMaxPages {
		page, err := listPage(service, params, token, number)
		if err != nil {
			return nil, err
		}
		for i := range page.Messages {
			all = append(all, sentMessage(&page.Messages[i]))
		}
		if page.NextPageUri == nil || *page.NextPageUri == "" {
			return all, nil
		}
		// The next page's address repeats the filters; only where it goes on is
		// new. Taking just that keeps the host and the account our own.
		next, err := url.Parse(*page.NextPageUri)
		if err != nil {
			return nil, &SendError{Class: ClassRetry, HTTPStatus: http.StatusOK, Err: errUnreadable}
		}
		token, number = next.Query().Get("PageToken"), next.Query().Get("Page")
	}
	return all, nil
}

// listPage asks for one page. JSON that holds no list is not an empty list:
// taken for one, it would have a message sent twice.
func listPage(service *api.ApiService, params *api.ListMessageParams, token, number string) (*api.ListMessageResponse, error) {
	page, err := service.PageMessage(params, token, number)
	if err != nil {
		return nil, asListError(err)
	}
	if page.Messages == nil {
		return nil, &SendError{Class: ClassRetry, HTTPStatus: http.StatusOK, Err: errUnreadable}
	}
	return page, nil
}

// asListError makes a *SendError of a failed listing. Reading changes nothing,
// so what would be uncertain for a message can simply be tried again.
func asListError(err error) *SendError {
	e := asSendError(err)
	if e.Class == ClassUncertain {
		e.Class = ClassRetry
	}
	return e
}

func sentMessage(m *api.ApiV2010Message) SentMessage {
	sent := SentMessage{SID: text(m.Sid), Body: text(m.Body), Status: text(m.Status)}
	if at, err := time.Parse(time.RFC1123Z, text(m.DateCreated)); err == nil {
		sent.DateCreated = at.UTC()
	}
	if m.ErrorCode != nil {
		sent.ErrorCode = *m.ErrorCode
	}
	return sent
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
