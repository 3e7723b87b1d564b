package twilio

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

// FuzzAddress holds the hand-written pattern against the vocabulary's.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"", "whatsapp:", "whatsapp:+447700900123", "whatsapp:+0447700900", "whatsapp:+1234567", "whatsapp:+123456",
		"whatsapp:+123456789012345", "whatsapp:+1234567890123456", "whatsapp:GB.1a", "whatsapp:GB.", "whatsapp:gb.1",
		"whatsapp:GB." + strings.Repeat("9", 128), "whatsapp:GB." + strings.Repeat("9", 129), "+447700900123", "whatsapp:+44\n",
		"whatsapp:+447700900123\n", "whatsapp:GB.1\n", "whatsapp:+٤٤7700900123",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := app.ParseAddress(s)
		require.Equal(t, err == nil, isAddress(s), "%q", s)
	})
}

// FuzzObject: whatever JSON calls an object passes, and no text that passes is
// the beginning of another one that does.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":"}"}`, `{"a":"\"}"}`, `{"a":{"b":{}}}`, `{`, `}`, `{}{}`, `{}x`, `{"`, `{"\`, ``, ` {}`} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, s, more string) {
		if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && json.Valid([]byte(s)) {
			require.True(t, isObject(s), "%q", s)
		}
		if isObject(s) && more != "" {
			require.False(t, isObject(s+more), "%q + %q", s, more)
		}
	})
}

// TestRules: the table's own promises, on which checkOneReading rests.
func TestRules(t *testing.T) {
	t.Parallel()
	samples := map[string][]string{
		"AccountSid": {"AC00112233445566778899aabbccddeeff"}, "ApiVersion": {"2010-04-01"}, "ChannelInstallSid": {"XE00112233445566778899aabbccddeeff"},
		"ChannelMetadata": {`{"a":"}"}`}, "ChannelPrefix": {"whatsapp"}, "ErrorCode": {"63016"}, "ErrorUrl": {"https://a.example.com/b?c"},
		"EventType": {"READ"}, "ExternalUserId": {"whatsapp:GB.1aB", "whatsapp:+447700900123"}, "Forwarded": {"true", "false"},
		"FrequentlyForwarded": {"true"}, "From": {"whatsapp:+447700900123", "whatsapp:GB.1aB"}, "Latitude": {"-77.395950317383", "0"},
		"Longitude": {"25.0"}, "MessageSid": {"SM00112233445566778899aabbccddeeff", "MM00112233445566778899AABBCCDDEEFF"},
		"MessageStatus": {"partially_delivered"}, "MessageType": {"text"}, "MessagingServiceSid": {"MG00112233445566778899aabbccddeeff"},
		"NumMedia": {"0", "10"}, "NumSegments": {"1"}, "OptOutType": {"STOP"}, "OriginalRepliedMessageSender": {"whatsapp:+14155238886"},
		"OriginalRepliedMessageSid": {"SM00112233445566778899aabbccddeeff"}, "ParentExternalUserId": {"whatsapp:GB.1"},
		"ReferralNumMedia": {"0"}, "SmsMessageSid": {"SM00112233445566778899aabbccddeeff"}, "SmsSid": {"SM00112233445566778899aabbccddeeff"},
		"SmsStatus": {"received"}, "StructuredMessage": {"true"}, "To": {"whatsapp:+14155238886"}, "WaId": {"447700900123", "GB.1aB", ""},
		"MediaContentType": {"image/jpeg"}, "MediaUrl": {"https://api.twilio.com/x"},
	}
	tails := []string{"A", "Zed", "ABC123", "Foo", "a", "foo", "E", "e5", "F", "x1", "true", "MessageSid"}
	for _, r := range append(append([]rule{}, plain...), numbered...) {
		if r.begins == nil {
			require.Nil(t, r.valid, "%s is free text with a pattern", r.name)
			require.Nil(t, r.ends, "%s is free text with a certain end", r.name)
			continue
		}
		require.True(t, isUpper(r.name[0]), "checkNames looks for capitals: %s", r.name)
		require.NotEmpty(t, samples[r.name], r.name)
		for _, value := range samples[r.name] {
			require.True(t, r.valid(value), "%s %s", r.name, value)
			require.True(t, r.begins(value), "%s: a value that its own beginning does not show: %s", r.name, value)
			for _, tail := range tails {
				if r.ends != nil && r.ends(value, tail[0]) {
					require.False(t, r.valid(value+tail), "%s: the end of %s is not certain before %s", r.name, value, tail)
				}
			}
		}
	}
}

// FuzzBeginnings: a value that a rule accepts always begins as the rule says.
// Otherwise a forger could use the values that do not.
func FuzzBeginnings(f *testing.F) {
	for _, s := range []string{"AC00112233445566778899aabbccddeeff", "-1.5", "true", "{}", "10", "text", "STOP", "https://x", "image/png", "GB.1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, r := range append(append([]rule{}, plain...), numbered...) {
			if r.begins != nil && r.valid(value) {
				require.True(t, r.begins(value), "%s: %q", r.name, value)
			}
		}
	})
}
