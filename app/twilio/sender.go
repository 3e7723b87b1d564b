package twilio

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"ferry/app"
)

// DefaultAPIURL is where Twilio's REST API lives.
const DefaultAPIURL = "https://api.twilio.com"

// SenderConfig says who sends and where requests go.
type SenderConfig struct {
	APIURL              string // DefaultAPIURL when empty; a path prefix is kept
	AccountSID          string // "AC" and 32 hex digits
	AuthToken           string // used unless APIKey is set
	APIKey              string // "SK…": survives the rotation of the auth token
	APISecret           string
	From                app.Address // the WhatsApp sender; empty with a service alone
	MessagingServiceSID string      // "MG…": Twilio picks the sender from the service's pool
	// Timeout bounds one request from dialling to the last byte; 10 s when 0.
	Timeout time.Duration
	// MaxConns bounds the idle connections kept; 128 when 0.
	MaxConns int

	clock func() time.Time
}

func (c SenderConfig) now() time.Time {
	if c.clock != nil {
		return c.clock()
	}
	return time.Now()
}

// Check names what is missing or wrong in the configuration.
func (c SenderConfig) Check() error {
	var errs []error
	if !isSID(c.AccountSID, "AC") {
		errs = append(errs, errors.New(`the account SID is not "AC" and 32 hex digits`))
	}
	if c.AuthToken == "" && (c.APIKey == "" || c.APISecret == "") {
		errs = append(errs, errors.New("neither an auth token nor an API key with its secret is set"))
	}
	if c.From == "" && c.MessagingServiceSID == "" {
		errs = append(errs, errors.New("neither a WhatsApp number nor a messaging service is set"))
	}
	if c.From != "" && !isAddress(string(c.From)) {
		errs = append(errs, errors.New(`the WhatsApp number is not "whatsapp:+" and 7 to 15 digits`))
	}
	if c.MessagingServiceSID != "" && !isSID(c.MessagingServiceSID, "MG") {
		errs = append(errs, errors.New(`the messaging service SID is not "MG" and 32 hex digits`))
	}
	if err := checkBaseURL(c.apiURL()); err != nil {
		errs = append(errs, fmt.Errorf("check the API URL: %w", err))
	}
	return errors.Join(errs...)
}

func (c SenderConfig) apiURL() string {
	if c.APIURL == "" {
		return DefaultAPIURL
	}
	return strings.TrimRight(c.APIURL, "/")
}

// checkBaseURL refuses anything to which a path cannot simply be appended.
func checkBaseURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("not a URL")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return errors.New("want http:// or https:// and a host")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsRune(raw, '#') {
		return errors.New("want no user, query or fragment")
	}
	return nil
}

// Sender sends messages through Twilio's REST API. It is safe for concurrent
// use and keeps its connections; Close gives them up.
type Sender struct {
	config        SenderConfig
	refused       error // what Check says of the configuration
	base          string
	authorization []string
	http          *http.Client
	transport     *http.Transport
}

// NewSender makes a Sender. A configuration that Check refuses gives a Sender
// whose requests fail with ClassConfiguration.
func NewSender(config SenderConfig) *Sender {
	if config.Timeout <= 0 {
		config.Timeout = 10 * time.Second
	}
	if config.MaxConns <= 0 {
		config.MaxConns = 128
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   5 * time.Second,
		MaxIdleConns:          config.MaxConns,
		MaxIdleConnsPerHost:   config.MaxConns,
		IdleConnTimeout:       50 * time.Second, // below the 60 s after which load balancers commonly hang up
		ExpectContinueTimeout: time.Second,
	}
	user, password := config.AccountSID, config.AuthToken
	if config.APIKey != "" {
		user, password = config.APIKey, config.APISecret
	}
	return &Sender{
		config:        config,
		refused:       config.Check(),
		base:          config.apiURL(),
		authorization: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))},
		transport:     transport,
		http: &http.Client{
			Transport:     transport,
			Timeout:       config.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close gives up the idle connections.
func (s *Sender) Close() { s.transport.CloseIdleConnections() }

// Outbound is one message to send.
type Outbound struct {
	To             app.Address
	Body           string // at most 1600 characters
	MediaURL       string // where Twilio fetches the file; "" without one
	StatusCallback string // where Twilio reports the message's fate; it must carry ferry's own id of the message
}

// Send hands a message to Twilio and returns its SID. Any error is a
// *SendError; with ClassUncertain the message may be on its way, and Twilio
// offers no idempotency key, so the caller must look (Sent) before it repeats.
func (s *Sender) Send(ctx context.Context, m Outbound) (string, error) {
	params := &api.CreateMessageParams{}
	params.SetTo(string(m.To))
	if s.config.From != "" {
		params.SetFrom(string(s.config.From))
	}
	if s.config.MessagingServiceSID != "" {
		params.SetMessagingServiceSid(s.config.MessagingServiceSID)
	}
	if m.Body != "" {
		params.SetBody(m.Body)
	}
	if m.MediaURL != "" {
		params.SetMediaUrl([]string{m.MediaURL})
	}
	if m.StatusCallback != "" {
		params.SetStatusCallback(m.StatusCallback)
	}
	service, err := s.service(ctx)
	if err != nil {
		return "", err
	}
	answer, err := service.CreateMessage(params)
	if err != nil {
		return "", asSendError(err)
	}
	if answer.Sid == nil || *answer.Sid == "" {
		return "", &SendError{Class: ClassUncertain, HTTPStatus: http.StatusCreated, Err: errNoSID}
	}
	return *answer.Sid, nil
}

// service is twilio-go's API for one call. The request handler is built by
// hand because its constructor lets TWILIO_EDGE and TWILIO_REGION change the
// host behind the configuration's back.
func (s *Sender) service(ctx context.Context) (*api.ApiService, error) {
	if s.refused != nil {
		return nil, &SendError{Class: ClassConfiguration, Err: s.refused}
	}
	if err := ctx.Err(); err != nil {
		return nil, &SendError{Class: ClassRetry, Err: err}
	}
	return api.NewApiService(&client.RequestHandler{Client: &request{ctx: ctx, sender: s}}), nil
}

// asSendError makes a *SendError of whatever twilio-go returns. What is not one
// yet is a 2xx answer that twilio-go could not decode.
func asSendError(err error) *SendError {
	var e *SendError
	if errors.As(err, &e) {
		return e
	}
	return &SendError{Class: ClassUncertain, HTTPStatus: http.StatusCreated, Err: errUnreadable}
}
