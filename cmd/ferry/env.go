package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ferry/app"
)

// envReader reads variables and collects what is wrong with them, so that an
// operator mends everything in one round. Values of secrets never get into a
// problem's text.
type envReader struct {
	getenv   func(string) string
	problems []string
	warnings []string
}

func (e *envReader) err() error {
	if len(e.problems) == 0 {
		return nil
	}
	return &configError{problems: e.problems}
}

func (e *envReader) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Sprintf(format, args...))
}

func (e *envReader) warn(format string, args ...any) {
	e.warnings = append(e.warnings, fmt.Sprintf(format, args...))
}

// value reads a variable; spaces around it are a slip of copying.
func (e *envReader) value(name string) string { return strings.TrimSpace(e.getenv(name)) }

// list reads a comma-separated variable; empty entries are dropped.
func (e *envReader) list(name string) []string {
	var entries []string
	for entry := range strings.SplitSeq(e.value(name), ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}

func (e *envReader) number(name string, otherwise, least, most int) int {
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		e.problem("%s is %q: set it to a whole number from %d to %d, or leave it out for %d", name, v, least, most, otherwise)
		return otherwise
	}
	return n
}

func (e *envReader) duration(name string, otherwise, least, most time.Duration) time.Duration {
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		e.problem("%s is %q: set it to a time from %s to %s such as 1500ms or 3s, or leave it out for %s", name, v, least, most, otherwise)
		return otherwise
	}
	return d
}

func (e *envReader) oneOf(name, otherwise string, words ...string) string {
	v := strings.ToLower(e.value(name))
	if v == "" {
		return otherwise
	}
	if !slices.Contains(words, v) {
		e.problem("%s is %q: set it to one of %s, or leave it out for %s", name, v, strings.Join(words, ", "), otherwise)
		return otherwise
	}
	return v
}

func (e *envReader) logLevel() slog.Level {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	return levels[e.oneOf("LOG_LEVEL", "info", "debug", "info", "warn", "error")]
}

// address reads a listener's address: host:port, where the host may be left
// out and port 0 takes any free one.
func (e *envReader) address(name, otherwise string) string {
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		e.problem("%s is %q: set it to host:port, such as 127.0.0.1:8080 or :8080", name, v)
		return otherwise
	}
	return v
}

func (e *envReader) databaseURL() secret {
	const name, mend = "DATABASE_URL", "set it to postgres://user:password@host:5432/database" //nolint:gosec // a pattern to follow, nobody's password
	v := e.value(name)
	if v == "" {
		e.problem("%s is not set: %s", name, mend)
		return ""
	}
	if !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
		e.problem("%s is not a Postgres URL: %s", name, mend)
		return ""
	}
	// The parser's own error quotes parts of the URL, so it is not passed on.
	if _, err := pgx.ParseConfig(v); err != nil {
		e.problem("%s cannot be read: %s, with special characters of the password written as %%XX", name, mend)
		return ""
	}
	return secret(v)
}

func (e *envReader) publicURLs() []string {
	const name, mend = "PUBLIC_URL", "set it to the address that Twilio calls, such as https://ferry.example.com"
	entries := e.list(name)
	if len(entries) == 0 {
		e.problem("%s is not set: %s", name, mend)
		return nil
	}
	urls := make([]string, 0, len(entries))
	for i, entry := range entries {
		u, err := parseBaseURL(entry)
		if err != nil {
			e.problem("%s, entry %d, %s: %s", name, i+1, err, mend)
			continue
		}
		if u.Scheme == "http" && !isLoopback(u.Hostname()) {
			e.warn("%s, entry %d, begins with http: messages travel in the clear; use https outside a test", name, i+1)
		}
		// Verbatim otherwise: it is part of what Twilio signs.
		urls = append(urls, strings.TrimRight(entry, "/"))
	}
	return urls
}

func (e *envReader) admin() (user string, password secret) {
	user, password = e.value("ADMIN_USER"), secret(e.value("ADMIN_PASSWORD"))
	switch {
	case user == "":
		e.problem("ADMIN_USER is not set: set it to the name that operators sign in with")
	case strings.Contains(user, ":"):
		e.problem("ADMIN_USER holds a colon, which basic authentication cannot carry: choose another name")
	}
	switch {
	case password == "":
		e.problem("ADMIN_PASSWORD is not set: set it to a long random text, such as the output of 'openssl rand -hex 16'")
	case len(password) < 12:
		e.warn("ADMIN_PASSWORD is shorter than 12 characters: choose a longer one")
	}
	return user, password
}

var (
	accountPattern = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	keyPattern     = regexp.MustCompile(`^SK[0-9a-zA-Z]+$`)
	servicePattern = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

func (e *envReader) twilio() TwilioConfig {
	c := TwilioConfig{
		AccountSID: e.value("TWILIO_ACCOUNT_SID"),
		AuthTokens: e.authTokens(),
		APIURL:     e.apiURL(),
	}
	switch {
	case c.AccountSID == "":
		e.problem("TWILIO_ACCOUNT_SID is not set: copy it from the Twilio console; it begins with AC")
	case !accountPattern.MatchString(c.AccountSID):
		e.problem("TWILIO_ACCOUNT_SID is not an account SID: copy it whole from the Twilio console: AC and 32 hexadecimal digits")
	}
	c.APIKey, c.APISecret = e.apiKey()
	c.Number, c.MessagingServiceSID = e.sender()
	return c
}

func (e *envReader) authTokens() []secret {
	const mend = "copy it from the Twilio console; while rotating, give the current and the next one with a comma between"
	entries := e.list("TWILIO_AUTH_TOKEN")
	if len(entries) == 0 {
		e.problem("TWILIO_AUTH_TOKEN is not set: %s", mend)
		return nil
	}
	tokens := make([]secret, 0, len(entries))
	for i, entry := range entries {
		if strings.ContainsAny(entry, " \t\r\n\"'") {
			e.problem("TWILIO_AUTH_TOKEN, entry %d, holds a space or a quotation mark: %s", i+1, mend)
			continue
		}
		tokens = append(tokens, secret(entry))
	}
	return tokens
}

func (e *envReader) apiKey() (key string, keySecret secret) {
	key, keySecret = e.value("TWILIO_API_KEY"), secret(e.value("TWILIO_API_SECRET"))
	switch {
	case key != "" && keySecret == "":
		e.problem("TWILIO_API_KEY is set without TWILIO_API_SECRET: set both, or neither to use the auth token")
	case key == "" && keySecret != "":
		e.problem("TWILIO_API_SECRET is set without TWILIO_API_KEY: set both, or neither to use the auth token")
	case key != "" && !keyPattern.MatchString(key):
		e.problem("TWILIO_API_KEY is not an API key: copy its SID from the Twilio console; it begins with SK")
	}
	return key, keySecret
}

func (e *envReader) sender() (number app.Address, service string) {
	phone, service := e.value("TWILIO_WHATSAPP_NUMBER"), e.value("TWILIO_MESSAGING_SERVICE_SID")
	if phone == "" && service == "" {
		e.problem("neither TWILIO_WHATSAPP_NUMBER nor TWILIO_MESSAGING_SERVICE_SID is set: " +
			"set the number that people write to, such as +14155238886, or the service's SID")
		return "", ""
	}
	if phone != "" {
		address, err := app.AddressOfPhone(strings.TrimPrefix(phone, "whatsapp:"))
		if err != nil {
			e.problem("TWILIO_WHATSAPP_NUMBER is not a phone number: set it to + and digits, such as +14155238886")
		}
		number = address
	}
	if service != "" && !servicePattern.MatchString(service) {
		e.problem("TWILIO_MESSAGING_SERVICE_SID is not a service's SID: copy it whole from the Twilio console: MG and 32 hexadecimal digits")
	}
	return number, service
}

func (e *envReader) apiURL() string {
	const name, otherwise = "TWILIO_API_URL", "https://api.twilio.com"
	v := e.value(name)
	if v == "" {
		return otherwise
	}
	u, err := parseBaseURL(v)
	if err != nil {
		e.problem("%s %s: leave it out for %s", name, err, otherwise)
		return otherwise
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		e.warn("%s begins with http: the Twilio credentials travel in the clear; use https outside a test", name)
	}
	return strings.TrimRight(v, "/")
}

// parseBaseURL reads an address to which paths are added. Its errors go on
// from the variable's name and never quote the address, which may hold a
// password by mistake.
func parseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read as an address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("does not begin with https:// or http://")
	case u.Hostname() == "":
		return nil, fmt.Errorf("names no host")
	case u.User != nil:
		return nil, fmt.Errorf("holds a user name or password")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		return nil, fmt.Errorf("holds a query or fragment")
	}
	return u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
