package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

const (
	canaryToken    = "canaryauthtoken0123456789abcdef0"
	canaryPassword = "canary admin password"
	canaryDatabase = "canarydbpassword"
	canarySecret   = "canaryapisecret"
	canaryNumber   = "+14155238886"
)

// goodEnvironment is the least that 'ferry serve' needs.
func goodEnvironment() map[string]string {
	return map[string]string{
		"DATABASE_URL":           "postgres://ferry:" + canaryDatabase + "@db:5432/ferry",
		"ADMIN_USER":             "ops",
		"ADMIN_PASSWORD":         canaryPassword,
		"PUBLIC_URL":             "https://ferry.example.com",
		"TWILIO_ACCOUNT_SID":     "AC00000000000000000000000000000000",
		"TWILIO_AUTH_TOKEN":      canaryToken,
		"TWILIO_WHATSAPP_NUMBER": canaryNumber,
	}
}

// lookup makes a getenv from the good environment and changes to it; "-" takes
// a variable away.
func lookup(changes map[string]string) func(string) string {
	env := goodEnvironment()
	maps.Copy(env, changes)
	maps.DeleteFunc(env, func(_, value string) bool { return value == "-" })
	return func(name string) string { return env[name] }
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(lookup(nil), roleAll)
	require.NoError(t, err)
	require.Equal(t, Config{
		DatabaseURL:   "postgres://ferry:" + canaryDatabase + "@db:5432/ferry",
		HTTPAddr:      ":8080",
		AdminAddr:     "127.0.0.1:8081",
		AdminUser:     "ops",
		AdminPassword: canaryPassword,
		PublicURLs:    []string{"https://ferry.example.com"},
		Twilio: TwilioConfig{
			AccountSID: "AC00000000000000000000000000000000",
			AuthTokens: []secret{canaryToken},
			Number:     app.Address("whatsapp:" + canaryNumber),
			APIURL:     "https://api.twilio.com",
		},
		RateLimit:    10,
		AckMode:      ackAuto,
		AckAfter:     2 * time.Second,
		AgentWorkers: defaultWorkers,
		SendWorkers:  defaultWorkers,
		LogLevel:     slog.LevelInfo,
		LogFormat:    "json",
	}, c)
}

func TestConfigReadsEveryVariable(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(lookup(map[string]string{
		"HTTP_ADDR":                    "0.0.0.0:9000",
		"ADMIN_ADDR":                   "[::1]:9001",
		"PUBLIC_URL":                   " https://a.example.com/ , https://b.example.com:8443/ferry,, ",
		"TWILIO_AUTH_TOKEN":            "current, next",
		"TWILIO_API_KEY":               "SK00000000000000000000000000000000",
		"TWILIO_API_SECRET":            canarySecret,
		"TWILIO_WHATSAPP_NUMBER":       "whatsapp:+14155238886",
		"TWILIO_MESSAGING_SERVICE_SID": "MG00000000000000000000000000000000",
		"TWILIO_API_URL":               "http://127.0.0.1:4010/",
		"RATE_LIMIT_PER_MINUTE":        "0",
		"ACK_MODE":                     "Immediate",
		"ACK_AFTER":                    "1500ms",
		"AGENT_WORKERS":                "7",
		"SEND_WORKERS":                 "8",
		"LOG_LEVEL":                    "debug",
		"LOG_FORMAT":                   "text",
	}), roleAll)
	require.NoError(t, err)
	require.Equal(t, "0.0.0.0:9000", c.HTTPAddr)
	require.Equal(t, "[::1]:9001", c.AdminAddr)
	require.Equal(t, []string{"https://a.example.com", "https://b.example.com:8443/ferry"}, c.PublicURLs)
	require.Equal(t, TwilioConfig{
		AccountSID:          "AC00000000000000000000000000000000",
		AuthTokens:          []secret{"current", "next"},
		APIKey:              "SK00000000000000000000000000000000",
		APISecret:           canarySecret,
		Number:              "whatsapp:+14155238886",
		MessagingServiceSID: "MG00000000000000000000000000000000",
		APIURL:              "http://127.0.0.1:4010",
	}, c.Twilio)
	require.Zero(t, c.RateLimit)
	require.Equal(t, ackImmediate, c.AckMode)
	require.Equal(t, 1500*time.Millisecond, c.AckAfter)
	require.Equal(t, 7, c.AgentWorkers)
	require.Equal(t, 8, c.SendWorkers)
	require.Equal(t, slog.LevelDebug, c.LogLevel)
	require.Equal(t, "text", c.LogFormat)
	require.Empty(t, c.Warnings)
}

// Every wrong variable has a message of its own that says what to do.
func TestConfigProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		changes map[string]string
		want    string
	}{
		{"no database", map[string]string{"DATABASE_URL": "-"}, "DATABASE_URL is not set: set it to postgres://"},
		{"database of another kind", map[string]string{"DATABASE_URL": "mysql://x"}, "DATABASE_URL is not a Postgres URL: set it to"},
		{"database by key and value", map[string]string{"DATABASE_URL": "host=db user=ferry"}, "DATABASE_URL is not a Postgres URL: set it to"},
		{"database with a bad port", map[string]string{"DATABASE_URL": "postgres://u:" + canaryDatabase + "@db:x/ferry"}, "DATABASE_URL cannot be read: set it to"},
		{"listener without a port", map[string]string{"HTTP_ADDR": "8080"}, `HTTP_ADDR is "8080": set it to host:port`},
		{"listener with a port by name", map[string]string{"HTTP_ADDR": ":http"}, `HTTP_ADDR is ":http": set it to host:port`},
		{"listener with a large port", map[string]string{"ADMIN_ADDR": ":70000"}, `ADMIN_ADDR is ":70000": set it to host:port`},
		{"one address for both", map[string]string{"HTTP_ADDR": ":9000", "ADMIN_ADDR": ":9000"}, "ADMIN_ADDR is the same as HTTP_ADDR: give"},
		{"no operator", map[string]string{"ADMIN_USER": "-"}, "ADMIN_USER is not set: set it to"},
		{"operator with a colon", map[string]string{"ADMIN_USER": "a:b"}, "ADMIN_USER holds a colon"},
		{"no password", map[string]string{"ADMIN_PASSWORD": "-"}, "ADMIN_PASSWORD is not set: set it to"},
		{"blank password", map[string]string{"ADMIN_PASSWORD": "  "}, "ADMIN_PASSWORD is not set: set it to"},
		{"no public URL", map[string]string{"PUBLIC_URL": "-"}, "PUBLIC_URL is not set: set it to"},
		{"only commas", map[string]string{"PUBLIC_URL": " , "}, "PUBLIC_URL is not set: set it to"},
		{"public URL without a scheme", map[string]string{"PUBLIC_URL": "https://a.example, ferry.example.com"}, "PUBLIC_URL, entry 2, does not begin with https://"},
		{"public URL of another scheme", map[string]string{"PUBLIC_URL": "ftp://ferry.example.com"}, "PUBLIC_URL, entry 1, does not begin with https://"},
		{"public URL without a host", map[string]string{"PUBLIC_URL": "https:///x"}, "PUBLIC_URL, entry 1, names no host"},
		{"public URL with a query", map[string]string{"PUBLIC_URL": "https://ferry.example.com?a=1"}, "PUBLIC_URL, entry 1, holds a query or fragment"},
		{"public URL with a fragment", map[string]string{"PUBLIC_URL": "https://ferry.example.com#rc=2"}, "PUBLIC_URL, entry 1, holds a query or fragment"},
		{"public URL with a password", map[string]string{"PUBLIC_URL": "https://u:" + canaryPassword + "@ferry.example.com"}, "PUBLIC_URL, entry 1,"},
		{"public URL that is none", map[string]string{"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL, entry 1, cannot be read"},
		{"no account", map[string]string{"TWILIO_ACCOUNT_SID": "-"}, "TWILIO_ACCOUNT_SID is not set: copy it"},
		{"an API key as account", map[string]string{"TWILIO_ACCOUNT_SID": "SK00000000000000000000000000000000"}, "TWILIO_ACCOUNT_SID is not an account SID: copy it"},
		{"half an account", map[string]string{"TWILIO_ACCOUNT_SID": "AC0000000000000000"}, "TWILIO_ACCOUNT_SID is not an account SID: copy it"},
		{"no token", map[string]string{"TWILIO_AUTH_TOKEN": "-"}, "TWILIO_AUTH_TOKEN is not set: copy it"},
		{"only a comma as token", map[string]string{"TWILIO_AUTH_TOKEN": ","}, "TWILIO_AUTH_TOKEN is not set: copy it"},
		{"quoted token", map[string]string{"TWILIO_AUTH_TOKEN": `good,"` + canaryToken + `"`}, "TWILIO_AUTH_TOKEN, entry 2, holds a space or a quotation mark"},
		{"key without secret", map[string]string{"TWILIO_API_KEY": "SK0"}, "TWILIO_API_KEY is set without TWILIO_API_SECRET"},
		{"secret without key", map[string]string{"TWILIO_API_SECRET": canarySecret}, "TWILIO_API_SECRET is set without TWILIO_API_KEY"},
		{"account as key", map[string]string{"TWILIO_API_KEY": "AC0", "TWILIO_API_SECRET": canarySecret}, "TWILIO_API_KEY is not an API key: copy"},
		{"no sender", map[string]string{"TWILIO_WHATSAPP_NUMBER": "-"}, "neither TWILIO_WHATSAPP_NUMBER nor TWILIO_MESSAGING_SERVICE_SID is set"},
		{"sender without a plus", map[string]string{"TWILIO_WHATSAPP_NUMBER": "14155238886"}, "TWILIO_WHATSAPP_NUMBER is not a phone number: set it to"},
		{"wrong service", map[string]string{"TWILIO_MESSAGING_SERVICE_SID": "MG1"}, "TWILIO_MESSAGING_SERVICE_SID is not a service's SID: copy"},
		{"wrong API address", map[string]string{"TWILIO_API_URL": "api.twilio.com"}, "TWILIO_API_URL does not begin with https://"},
		{"rate limit in words", map[string]string{"RATE_LIMIT_PER_MINUTE": "ten"}, `RATE_LIMIT_PER_MINUTE is "ten": set it to a whole number from 0 to 10000, or leave it out for 10`},
		{"negative rate limit", map[string]string{"RATE_LIMIT_PER_MINUTE": "-1"}, `RATE_LIMIT_PER_MINUTE is "-1"`},
		{"unknown acknowledgement", map[string]string{"ACK_MODE": "sometimes"}, `ACK_MODE is "sometimes": set it to one of immediate, auto, off`},
		{"time without a unit", map[string]string{"ACK_AFTER": "2"}, `ACK_AFTER is "2": set it to a time`},
		{"time too long", map[string]string{"ACK_AFTER": "1h"}, `ACK_AFTER is "1h": set it to a time`},
		{"no agent workers", map[string]string{"AGENT_WORKERS": "0"}, `AGENT_WORKERS is "0": set it to a whole number from 1`},
		{"too many send workers", map[string]string{"SEND_WORKERS": "10001"}, `SEND_WORKERS is "10001": set it to a whole number from 1`},
		{"unknown level", map[string]string{"LOG_LEVEL": "loud"}, `LOG_LEVEL is "loud": set it to one of debug, info, warn, error`},
		{"unknown format", map[string]string{"LOG_FORMAT": "xml"}, `LOG_FORMAT is "xml": set it to one of json, text`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig(lookup(tc.changes), roleAll)
			require.ErrorContains(t, err, tc.want)
			var problems *configError
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems.problems, 1, "one mistake gave several problems")
			for _, canary := range []string{canaryToken, canaryPassword, canaryDatabase, canarySecret} {
				require.NotContains(t, err.Error(), canary)
			}
		})
	}
}

func TestConfigTellsEveryProblemAtOnceInOneLine(t *testing.T) {
	t.Parallel()
	_, err := loadConfig(func(string) string { return "" }, roleAll)
	require.ErrorContains(t, err, "the environment has 7 problems: ")
	for _, name := range []string{
		"DATABASE_URL", "ADMIN_USER", "ADMIN_PASSWORD", "PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER",
	} {
		require.ErrorContains(t, err, name)
	}
	require.NotContains(t, err.Error(), "\n")
}

func TestConfigByRole(t *testing.T) {
	t.Parallel()
	withoutAdmin := map[string]string{"ADMIN_USER": "-", "ADMIN_PASSWORD": "-"}
	for _, tc := range []struct {
		name      string
		as        role
		changes   map[string]string
		want      string // of the error; "" means none
		adminAddr string
	}{
		{"web needs operators' credentials", roleWeb, withoutAdmin, "ADMIN_USER", ""},
		{"worker does without a listener", roleWorker, withoutAdmin, "", ""},
		{"worker with a listener needs credentials", roleWorker, map[string]string{"ADMIN_USER": "-", "ADMIN_ADDR": ":9001"}, "ADMIN_USER", ""},
		{"worker with a listener", roleWorker, map[string]string{"ADMIN_ADDR": ":9001"}, "", ":9001"},
		{"worker needs Twilio", roleWorker, map[string]string{"TWILIO_AUTH_TOKEN": "-"}, "TWILIO_AUTH_TOKEN", ""},
		{"any free port twice", roleAll, map[string]string{"HTTP_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}, "", "127.0.0.1:0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := loadConfig(lookup(tc.changes), tc.as)
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.adminAddr, c.AdminAddr)
		})
	}
}

func TestConfigWarnings(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(lookup(map[string]string{
		"PUBLIC_URL":     "http://ferry.example.com,http://127.0.0.1:8080,http://localhost",
		"TWILIO_API_URL": "http://api.example.com",
		"ADMIN_PASSWORD": "short",
	}), roleAll)
	require.NoError(t, err)
	require.Len(t, c.Warnings, 3)
	for i, want := range []string{"PUBLIC_URL, entry 1", "TWILIO_API_URL begins with http", "ADMIN_PASSWORD"} {
		require.Contains(t, c.Warnings[i], want)
	}
}

// However a configuration is printed, its secrets and the sender's number stay
// out of it.
func TestConfigNeverPrintsSecrets(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(lookup(map[string]string{
		"TWILIO_API_KEY":    "SK00000000000000000000000000000000",
		"TWILIO_API_SECRET": canarySecret,
	}), roleAll)
	require.NoError(t, err)
	asJSON, err := json.Marshal(c)
	require.NoError(t, err)
	var logs bytes.Buffer
	for _, format := range []string{"json", "text"} {
		log := newLogger(&logs, slog.LevelInfo, format)
		log.Info("configuration", "config", c, "pointer", &c, "twilio", c.Twilio, "url", c.DatabaseURL)
	}
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "%s": fmt.Sprintf("have %s", c),
		"%v of a pointer": fmt.Sprintf("%v", &c), "%v of Twilio": fmt.Sprintf("%+v", c.Twilio), "%q": fmt.Sprintf("%q", c.DatabaseURL),
		"JSON": string(asJSON), "logs": logs.String(),
	} {
		for _, canary := range []string{canaryToken, canaryPassword, canaryDatabase, canarySecret} {
			require.NotContains(t, text, canary, name)
		}
		require.NotEmpty(t, text, name)
	}
	require.NotContains(t, c.String(), canaryNumber)
	require.Contains(t, c.String(), "database_url=[redacted]")
}

func TestLoggerLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLogger(&out, slog.LevelWarn, "json")
	log.Info("quiet")
	require.Empty(t, out.String())
	log.Warn("loud", "message_sid", "SM1")
	require.JSONEq(t, `"SM1"`, string(mustField(t, out.Bytes(), "message_sid")))

	out.Reset()
	newLogger(&out, slog.LevelInfo, "text").Info("plain", "id", 1)
	require.Contains(t, out.String(), "msg=plain id=1")
}

func mustField(t *testing.T, line []byte, name string) json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(line, &fields))
	require.Contains(t, fields, name)
	return fields[name]
}
