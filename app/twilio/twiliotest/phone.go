package twiliotest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ferry/app"
)

// Phone is a person with WhatsApp. Each message becomes a webhook, signed as
// Twilio signs. Set the exported fields before the first message.
type Phone struct {
	// ProfileName is the name that the person chose; "Ana" unless changed.
	ProfileName string
	// UserID is the person's business-scoped id, sent as ExternalUserId.
	UserID app.Address
	// SignedURL is the URL that the webhook is configured with and signed for,
	// when it is reached under another one; the webhook URL otherwise.
	SignedURL string

	fake       *Fake
	address    app.Address
	to         app.Address
	webhookURL string
}

// Phone makes a person who writes from an address to one of the account's
// numbers, whose webhook is at a URL.
func (f *Fake) Phone(address, to app.Address, webhookURL string) *Phone {
	return &Phone{ProfileName: "Ana", fake: f, address: address, to: to, webhookURL: webhookURL}
}

// Address is where the person is reached.
func (p *Phone) Address() app.Address { return p.address }

// WebhookAnswer is what the webhook answered.
type WebhookAnswer struct {
	SID     string // of the message that was sent
	Status  int
	Header  http.Header
	Body    string
	Elapsed time.Duration // from the first byte out to the last byte in
}

// Inbound is one message from a Phone. The zero Inbound is an empty text.
type Inbound struct {
	Body     string
	SID      string // forced, for duplicates; a new one when empty
	Media    []Media
	Button   *Button
	Location *Location
	// Fields are added to the form, in place of its own parameters of the same
	// name; Without removes parameters.
	Fields  url.Values
	Without []string
	// Signature replaces the right one, unless it is empty; Unsigned sends none.
	Signature string
	Unsigned  bool
	// Header is added to the request.
	Header http.Header
}

// Media is a file that a person sends.
type Media struct {
	URL         string // one at api.twilio.com when empty
	ContentType string // "image/jpeg" when empty
}

// Button is a tapped quick reply.
type Button struct{ Text, Payload string }

// Location is a place that a person shares.
type Location struct {
	Latitude, Longitude float64 // degrees
	Address, Label      string
}

// Text sends a text.
func (p *Phone) Text(ctx context.Context, body string) (WebhookAnswer, error) {
	return p.Send(ctx, Inbound{Body: body})
}

// Tap taps a quick reply.
func (p *Phone) Tap(ctx context.Context, text, payload string) (WebhookAnswer, error) {
	return p.Send(ctx, Inbound{Button: &Button{Text: text, Payload: payload}})
}

// Send sends a message: it takes the message down as inbound and posts the
// webhook once. A message whose SID is known already is posted and not taken
// down again.
func (p *Phone) Send(ctx context.Context, in Inbound) (WebhookAnswer, error) {
	prefix := "SM"
	if len(in.Media) > 0 {
		prefix = "MM"
	}
	record := &Message{
		SID: in.SID, Inbound: true, From: string(p.address), To: string(p.to),
		Body: in.Body, Status: "received", DateSent: p.fake.options.Now(),
	}
	if in.Button != nil && in.Body == "" {
		record.Body = in.Button.Text
	}
	sid := p.fake.takeDown(record, prefix)
	form := p.form(in, sid)
	target := p.SignedURL
	if target == "" {
		target = p.webhookURL
	}
	signature := p.fake.sign(withoutFragment(target), form)
	if in.Signature != "" {
		signature = in.Signature
	}
	if in.Unsigned {
		signature = ""
	}
	answer, err := p.fake.post(ctx, p.webhookURL, form, signature, in.Header)
	answer.SID = sid
	if err != nil {
		return answer, fmt.Errorf("post the webhook: %w", err)
	}
	return answer, nil
}

// takeDown puts an inbound message on record, unless its SID is there already.
func (f *Fake) takeDown(m *Message, prefix string) string {
	if m.SID != "" {
		f.mu.Lock()
		_, known := f.bySID[m.SID]
		f.mu.Unlock()
		if known {
			return m.SID
		}
	}
	return f.add(m, prefix).SID
}

// form is the webhook's form, with the parameters that captured webhooks of
// 2026 have.
func (p *Phone) form(in Inbound, sid string) url.Values {
	form := url.Values{
		"AccountSid":       {p.fake.options.AccountSID},
		"ApiVersion":       {"2010-04-01"},
		"Body":             {in.Body},
		"From":             {string(p.address)},
		"MessageSid":       {sid},
		"MessageType":      {"text"},
		"NumMedia":         {strconv.Itoa(len(in.Media))},
		"NumSegments":      {"1"},
		"ProfileName":      {p.ProfileName},
		"ReferralNumMedia": {"0"},
		"SmsMessageSid":    {sid},
		"SmsSid":           {sid},
		"SmsStatus":        {"received"},
		"To":               {string(p.to)},
	}
	if id := p.userID(); id != "" {
		form.Set("ExternalUserId", string(id))
	}
	seen := map[string]string{"ProfileName": p.ProfileName}
	if phone, ok := p.address.Phone(); ok {
		form.Set("WaId", strings.TrimPrefix(phone, "+"))
		seen["WaId"] = form.Get("WaId")
	}
	p.addContent(form, in, sid)
	if in.Button != nil {
		seen["ButtonText"] = in.Button.Text
	}
	if service := p.fake.options.MessagingServiceSID; service != "" {
		form.Set("MessagingServiceSid", service)
	}
	form.Set("ChannelMetadata", channelMetadata(seen))
	for name, values := range in.Fields {
		form[name] = values
	}
	for _, name := range in.Without {
		form.Del(name)
	}
	return form
}

func (p *Phone) userID() app.Address {
	if p.UserID == "" && p.address.IsUserID() {
		return p.address
	}
	return p.UserID
}

// addContent adds what is not text.
func (p *Phone) addContent(form url.Values, in Inbound, sid string) {
	for i, media := range in.Media {
		n := strconv.Itoa(i)
		if media.ContentType == "" {
			media.ContentType = "image/jpeg"
		}
		if media.URL == "" {
			media.URL = "https://api.twilio.com" + p.fake.messagesPath() + "/" + sid + "/Media/" + p.fake.sid("ME", i)
		}
		form.Set("MediaContentType"+n, media.ContentType)
		form.Set("MediaUrl"+n, media.URL)
		family, _, _ := strings.Cut(media.ContentType, "/")
		form.Set("MessageType", family)
	}
	if b := in.Button; b != nil {
		form.Set("MessageType", "button")
		form.Set("ButtonText", b.Text)
		form.Set("ButtonPayload", b.Payload)
		if in.Body == "" {
			form.Set("Body", b.Text)
		}
	}
	if l := in.Location; l != nil {
		form.Set("MessageType", "location")
		form.Set("Latitude", strconv.FormatFloat(l.Latitude, 'f', -1, 64))
		form.Set("Longitude", strconv.FormatFloat(l.Longitude, 'f', -1, 64))
		if l.Address != "" {
			form.Set("Address", l.Address)
		}
		if l.Label != "" {
			form.Set("Label", l.Label)
		}
	}
}

func channelMetadata(seen map[string]string) string {
	type data struct {
		Context map[string]string `json:"context"`
	}
	text, err := json.Marshal(struct {
		Type string `json:"type"`
		Data data   `json:"data"`
	}{"whatsapp", data{seen}})
	if err != nil {
		return "{}" // strings can always be written
	}
	return string(text)
}

// withoutFragment drops a URL's fragment: Twilio keeps connection settings
// there, and neither sends nor signs it.
func withoutFragment(rawURL string) string {
	before, _, _ := strings.Cut(rawURL, "#")
	return before
}

// post posts a signed form as Twilio does.
func (f *Fake) post(ctx context.Context, rawURL string, form url.Values, signature string, header http.Header) (WebhookAnswer, error) {
	target := withoutFragment(rawURL)
	if f.options.Route != nil {
		target = f.options.Route(target)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return WebhookAnswer{}, fmt.Errorf("build a webhook request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("Accept", "*/*")
	if signature != "" {
		req.Header.Set("X-Twilio-Signature", signature)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	begin := time.Now()
	resp, err := f.client.Do(req)
	if err != nil {
		return WebhookAnswer{Elapsed: time.Since(begin)}, err
	}
	body, err := readAnswer(resp)
	return WebhookAnswer{
		Status:  resp.StatusCode,
		Header:  resp.Header,
		Body:    body,
		Elapsed: time.Since(begin),
	}, err
}
