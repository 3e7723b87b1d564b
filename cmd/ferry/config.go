package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"ferry/app"
)

// role is the part of the service that one process plays.
type role string

// The roles of 'ferry serve'.
const (
	roleAll    role = "all"
	roleWeb    role = "web"    // HTTP only
	roleWorker role = "worker" // River workers only
)

// The values of ACK_MODE.
const (
	ackImmediate = "immediate" // the acknowledgement at once
	ackAuto      = "auto"      // a typing indicator, and the acknowledgement after AckAfter without a reply
	ackOff       = "off"
)

// Config is the service's configuration: the environment, checked. It can be
// printed and logged; secrets show as a placeholder.
type Config struct {
	DatabaseURL secret // DATABASE_URL

	HTTPAddr      string // HTTP_ADDR
	AdminAddr     string // ADMIN_ADDR; "" means no operators' listener, which only a worker may do without
	AdminUser     string // ADMIN_USER
	AdminPassword secret // ADMIN_PASSWORD
	// PublicURLs are the addresses under which Twilio knows us, without a
	// slash at the end; the first one is used to build links. PUBLIC_URL
	PublicURLs []string

	Twilio TwilioConfig

	RateLimit int           // RATE_LIMIT_PER_MINUTE, messages a minute and person; 0 switches it off
	AckMode   string        // ACK_MODE: ackImmediate, ackAuto or ackOff
	AckAfter  time.Duration // ACK_AFTER

	AgentWorkers int // AGENT_WORKERS, executions at once in this process
	SendWorkers  int // SEND_WORKERS, sends at once in this process

	LogLevel  slog.Level // LOG_LEVEL
	LogFormat string     // LOG_FORMAT: json or text

	// Warnings are what looks wrong and yet may be meant; log them at the start.
	Warnings []string
}

// TwilioConfig is the account at Twilio.
type TwilioConfig struct {
	AccountSID string   // TWILIO_ACCOUNT_SID
	AuthTokens []secret // TWILIO_AUTH_TOKEN, the current one first
	APIKey     string   // TWILIO_API_KEY; "" means that REST calls use the first auth token
	APISecret  secret   // TWILIO_API_SECRET
	// The sender is Number, MessagingServiceSID, or both.
	Number              app.Address // TWILIO_WHATSAPP_NUMBER
	MessagingServiceSID string      // TWILIO_MESSAGING_SERVICE_SID
	APIURL              string      // TWILIO_API_URL, without a slash at the end
}

// Defaults and limits of the numbers.
const (
	defaultRateLimit = 10
	maxRateLimit     = 10_000
	// A hundred workers keep two cores busy while each waits for Postgres or
	// Twilio; more than that did not answer more messages in our measurements.
	defaultWorkers  = 100
	maxWorkers      = 10_000 // River's own limit
	defaultAckAfter = 2 * time.Second
	maxAckAfter     = time.Minute
)

// loadConfig reads the configuration that a process of this role needs. Its
// error names every problem at once, each with its variable and the mend.
func loadConfig(getenv func(string) string, as role) (Config, error) {
	e := &envReader{getenv: getenv}
	c := Config{
		DatabaseURL:  e.databaseURL(),
		PublicURLs:   e.publicURLs(),
		Twilio:       e.twilio(),
		RateLimit:    e.number("RATE_LIMIT_PER_MINUTE", defaultRateLimit, 0, maxRateLimit),
		AckMode:      e.oneOf("ACK_MODE", ackAuto, ackImmediate, ackAuto, ackOff),
		AckAfter:     e.duration("ACK_AFTER", defaultAckAfter, time.Millisecond, maxAckAfter),
		AgentWorkers: e.number("AGENT_WORKERS", defaultWorkers, 1, maxWorkers),
		SendWorkers:  e.number("SEND_WORKERS", defaultWorkers, 1, maxWorkers),
		LogLevel:     e.logLevel(),
		LogFormat:    e.oneOf("LOG_FORMAT", "json", "json", "text"),
	}
	if as != roleWorker {
		c.HTTPAddr = e.address("HTTP_ADDR", ":8080")
		c.AdminAddr = e.address("ADMIN_ADDR", "127.0.0.1:8081")
		if c.HTTPAddr == c.AdminAddr && !strings.HasSuffix(c.HTTPAddr, ":0") {
			e.problem("ADMIN_ADDR is the same as HTTP_ADDR: give the operators' listener an address of its own")
		}
	} else if e.value("ADMIN_ADDR") != "" {
		// A worker beside a web process on one machine must not fight for the
		// default port, so it listens only where it is told to.
		c.AdminAddr = e.address("ADMIN_ADDR", "")
	}
	if as != roleWorker || e.value("ADMIN_ADDR") != "" {
		c.AdminUser, c.AdminPassword = e.admin()
	}
	c.Warnings = e.warnings
	return c, e.err()
}

// databaseURLFrom reads DATABASE_URL alone, for the subcommands that need
// nothing else.
func databaseURLFrom(getenv func(string) string) (secret, error) {
	e := &envReader{getenv: getenv}
	return e.databaseURL(), e.err()
}

// LogValue implements slog.LogValuer: everything but secrets and the sender's
// phone number.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Any("database_url", c.DatabaseURL),
		slog.String("http_addr", c.HTTPAddr),
		slog.String("admin_addr", c.AdminAddr),
		slog.Any("admin_password", c.AdminPassword),
		slog.String("public_urls", strings.Join(c.PublicURLs, ",")),
		slog.String("twilio_account_sid", c.Twilio.AccountSID),
		slog.Int("twilio_auth_tokens", len(c.Twilio.AuthTokens)),
		slog.Bool("twilio_api_key", c.Twilio.APIKey != ""),
		slog.Bool("twilio_number", c.Twilio.Number != ""),
		slog.String("twilio_messaging_service_sid", c.Twilio.MessagingServiceSID),
		slog.String("twilio_api_url", c.Twilio.APIURL),
		slog.Int("rate_limit_per_minute", c.RateLimit),
		slog.String("ack_mode", c.AckMode),
		slog.Duration("ack_after", c.AckAfter),
		slog.Int("agent_workers", c.AgentWorkers),
		slog.Int("send_workers", c.SendWorkers),
		slog.String("log_level", c.LogLevel.String()),
		slog.String("log_format", c.LogFormat),
	)
}

// String tells the configuration in one line, without secrets.
func (c Config) String() string { return c.LogValue().String() }

// newLogger makes the process's logger as LOG_LEVEL and LOG_FORMAT ask.
func newLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// configError is a configuration that cannot be used.
type configError struct{ problems []string }

// Error tells every problem in one line.
func (e *configError) Error() string {
	if len(e.problems) == 1 {
		return e.problems[0]
	}
	return fmt.Sprintf("the environment has %d problems: %s", len(e.problems), strings.Join(e.problems, "; "))
}
