package twilio

import (
	"errors"
	"time"

	"ferry/app"
)

// ParseMessage reads an inbound message from a verified form. Its text is
// cleaned as app.CleanText does; the bytes as received stay in RawBody when
// they differ. The error is an *app.Error of kind Invalid, for a form that is
// about something else.
//
// ExternalUserId is passed on as UserID. Only Twilio's word makes it the
// sender's: see checkOneReading for the one account on which a person could
// name another's, and let From decide who writes where it holds a number.
func ParseMessage(form Form) (app.Message, error) {
	if form.Has("MessageStatus") {
		return app.Message{}, invalid(errors.New("the form is a status callback, not a message"))
	}
	m := app.Message{
		SID:        form.Get("MessageSid"),
		From:       app.Address(form.Get("From")),
		UserID:     app.Address(form.Get("ExternalUserId")),
		Kind:       kindOf(form),
		ReceivedAt: time.Now().UTC(),
	}
	if m.SID == "" || m.From == "" {
		return app.Message{}, invalid(errors.New("the form is not an inbound message"))
	}
	if m.UserID == "" && m.From.IsUserID() {
		m.UserID = m.From
	}
	body := form.Get("Body")
	var changed bool
	if m.Body, changed = app.CleanText(body); changed {
		m.RawBody = []byte(body)
	}
	m.ProfileName, _ = app.CleanText(form.Get("ProfileName"))
	m.Details = details(form)
	return m, nil
}

func kindOf(form Form) app.MessageKind {
	switch {
	case form.Get("NumMedia") != "" && form.Get("NumMedia") != "0", form.Has("MediaUrl0"):
		return app.KindMedia
	case form.Has("Latitude") && form.Has("Longitude"):
		return app.KindLocation
	case form.Has("ButtonText") || form.Has("ButtonPayload"):
		return app.KindButton
	default:
		return app.KindText
	}
}

// details collects what is worth keeping beside sender and text; nil when there
// is nothing. What every plain text says ("text", "false") is left out.
func details(form Form) map[string]string {
	var kept map[string]string
	for _, field := range form.fields {
		r := ruleOf[field.key]
		if r == nil || !r.detail || field.value == "" || field.value == "false" {
			continue
		}
		if field.key == "MessageType" && field.value == "text" {
			continue
		}
		if kept == nil {
			kept = make(map[string]string)
		}
		value, _ := app.CleanText(field.value)
		kept[field.key] = value
	}
	return kept
}
