package twilio

import (
	"errors"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"strings"
	"sync"

	"ferry/app"
)

// VerifierConfig says whose webhooks are genuine.
type VerifierConfig struct {
	// PublicURLs are the base URLs that Twilio calls, without query; the path of
	// a request is appended to each. Signatures cover the URL, so it is taken
	// from here and never from a request's headers.
	PublicURLs []string
	// AuthTokens are the tokens that may sign, for rotation. None may be empty:
	// with an empty key anybody can sign.
	AuthTokens []string
	AccountSID string
	// Senders are our WhatsApp numbers. With none of them, every number of the
	// messaging service is ours.
	Senders             []app.Address
	MessagingServiceSID string
}

// Verifier checks that a form was posted by Twilio, for us, and reads only one
// way. It is safe for concurrent use.
type Verifier struct {
	bases   []string // URLs in the order in which they are tried
	tokens  [][]byte
	account string
	senders []string
	service string
	memory  sync.Pool
}

// scratch is the working memory of one verification.
type scratch struct {
	decoded []byte
	pairs   []pair
	signed  []byte
	macs    []hash.Hash // one for each token
	sum     []byte
	rules   []*rule
}

// NewVerifier makes a Verifier; the error names what the configuration lacks.
func NewVerifier(config VerifierConfig) (*Verifier, error) {
	var errs []error
	if len(config.AuthTokens) == 0 {
		errs = append(errs, errors.New("no auth token is set: nothing could be verified"))
	}
	for _, token := range config.AuthTokens {
		if strings.TrimSpace(token) == "" {
			errs = append(errs, errors.New("an auth token is empty: anybody could sign with it"))
		}
	}
	if len(config.PublicURLs) == 0 {
		errs = append(errs, errors.New("no public URL is set"))
	}
	for _, base := range config.PublicURLs {
		if err := checkBaseURL(base); err != nil {
			errs = append(errs, fmt.Errorf("check the public URL %q: %w", base, err))
		}
	}
	if !isSID(config.AccountSID, "AC") {
		errs = append(errs, errors.New(`the account SID is not "AC" and 32 hex digits`))
	}
	if len(config.Senders) == 0 && config.MessagingServiceSID == "" {
		errs = append(errs, errors.New("neither a WhatsApp number nor a messaging service is set"))
	}
	for _, sender := range config.Senders {
		if !isAddress(string(sender)) {
			errs = append(errs, errors.New(`a WhatsApp number is not "whatsapp:+" and 7 to 15 digits`))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	v := &Verifier{
		bases:   signedBases(config.PublicURLs),
		account: config.AccountSID,
		service: config.MessagingServiceSID,
	}
	for _, token := range config.AuthTokens {
		v.tokens = append(v.tokens, []byte(token))
	}
	for _, sender := range config.Senders {
		v.senders = append(v.senders, string(sender))
	}
	v.memory.New = func() any { return v.newScratch() }
	return v, nil
}

// signedBases lists the spellings of the base URLs that a signature may cover:
// each as it is configured, and then with the scheme's own port added or the
// port taken away, because Twilio's back ends are not of one mind about ports
// and its own validators try both (twilio-go v1.31.0,
// client/request_validator.go).
func signedBases(publicURLs []string) []string {
	var bases, others []string
	for _, raw := range publicURLs {
		raw = strings.TrimRight(raw, "/")
		bases = append(bases, raw)
		u, err := url.Parse(raw)
		if err != nil {
			continue // NewVerifier has checked it
		}
		_, rest, _ := strings.Cut(raw, "://")
		path := strings.TrimPrefix(rest, u.Host)
		switch {
		case u.Port() != "":
			others = append(others, u.Scheme+"://"+strings.TrimSuffix(u.Host, ":"+u.Port())+path)
		case u.Scheme == "https":
			others = append(others, u.Scheme+"://"+u.Host+":443"+path)
		default:
			others = append(others, u.Scheme+"://"+u.Host+":80"+path)
		}
	}
	bases = append(bases, others...)
	seen := make(map[string]bool, len(bases))
	return slices.DeleteFunc(bases, func(base string) bool {
		known := seen[base]
		seen[base] = true
		return known
	})
}

// Verify checks a form that was posted to a path (with its query) of ours. The
// error is an *app.Error: Forbidden when the form is not signed by Twilio or
// not meant for our account and number, Invalid when Twilio did sign it and it
// still cannot be a webhook of Twilio's.
//
// Whoever cannot sign learns nothing: a form that is malformed and not signed
// either is Forbidden.
func (v *Verifier) Verify(requestURI string, body []byte, signature string) (Form, error) {
	if len(signature) != signatureLength {
		return Form{}, errUnsigned
	}
	if !plainURI(requestURI) {
		return Form{}, errUnsigned
	}
	s := v.memory.Get().(*scratch) //nolint:forcetypeassert // the pool holds nothing else
	defer v.memory.Put(s)
	if err := s.decode(body); err != nil {
		if v.signedSomehow(s, requestURI, body, signature) {
			return Form{}, invalid(err)
		}
		return Form{}, errUnsigned
	}
	s.join()
	if !v.signed(s, requestURI, s.signed, signature) {
		return Form{}, errUnsigned
	}
	form, signed := s.form()
	s.rules = form.rules(s.rules)
	if err := v.checkOurs(form); err != nil {
		return Form{}, err
	}
	if err := form.check(s.rules); err != nil {
		return Form{}, invalid(err)
	}
	if err := form.checkOneReading(signed, s.rules); err != nil {
		return Form{}, invalid(err)
	}
	return form, nil
}

var (
	errUnsigned = &app.Error{Kind: app.Forbidden, Err: errors.New("the webhook is not signed by Twilio")}
	errAccount  = &app.Error{Kind: app.Forbidden, Err: errors.New("the webhook is for another account")}
	errNumber   = &app.Error{Kind: app.Forbidden, Err: errors.New("the webhook is for another number")}
)

func invalid(err error) error { return &app.Error{Kind: app.Invalid, Err: err} }

// plainURI refuses what cannot be the path and query of a URL that Twilio
// calls. The URL and the parameters are signed as one text; a URI that swallowed
// the first parameters would hold the name of the first of them, AccountSid.
func plainURI(uri string) bool {
	if uri == "" || uri[0] != '/' || strings.Contains(uri, "AccountSid") {
		return false
	}
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// checkOurs checks that the form is about our account and one of our numbers: a
// message goes to one, a status callback is about a message from one.
func (v *Verifier) checkOurs(form Form) error {
	account := form.Get("AccountSid")
	if account == "" {
		return invalid(errMissing("AccountSid"))
	}
	if account != v.account {
		return errAccount
	}
	key := "To"
	if form.Has("MessageStatus") {
		key = "From"
	}
	if slices.Contains(v.senders, form.Get(key)) {
		return nil
	}
	if v.service != "" && form.Get("MessagingServiceSid") == v.service {
		return nil
	}
	if form.Get(key) == "" {
		return invalid(errMissing(key))
	}
	return errNumber
}
