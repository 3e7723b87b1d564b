package twilio_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	publicURL  = "https://ferry.example.com"
	inboundURI = "/api/webhooks/whatsapp"
	statusURI  = "/api/webhooks/whatsapp/status?part=0190f3b2-7c4d-7e8f-9a0b-1c2d3e4f5a6b"

	account   = twiliotest.AccountSID
	token     = twiliotest.AuthToken
	number    = "whatsapp:+14155238886"
	person    = "whatsapp:+447700900123"
	messageID = "SM00112233445566778899aabbccddeeff"
	service   = "MG00112233445566778899aabbccddeeff"
)

func verifierConfig() twilio.VerifierConfig {
	return twilio.VerifierConfig{
		PublicURLs: []string{publicURL},
		AuthTokens: []string{token},
		AccountSID: account,
		Senders:    []app.Address{number},
	}
}

func verifier(tb testing.TB) *twilio.Verifier {
	tb.Helper()
	v, err := twilio.NewVerifier(verifierConfig())
	require.NoError(tb, err)
	return v
}

// textForm is a text message with the parameters that Twilio sent in 2026.
func textForm(body string) url.Values {
	return url.Values{
		"AccountSid":       {account},
		"ApiVersion":       {"2010-04-01"},
		"Body":             {body},
		"ChannelMetadata":  {`{"type":"whatsapp","data":{"context":{"ProfileName":"Ana Sousa","WaId":"447700900123"}}}`},
		"ExternalUserId":   {"whatsapp:GB.4480491918930694"},
		"From":             {person},
		"MessageSid":       {messageID},
		"MessageType":      {"text"},
		"NumMedia":         {"0"},
		"NumSegments":      {"1"},
		"ProfileName":      {"Ana Sousa"},
		"ReferralNumMedia": {"0"},
		"SmsMessageSid":    {messageID},
		"SmsSid":           {messageID},
		"SmsStatus":        {"received"},
		"To":               {number},
		"WaId":             {"447700900123"},
	}
}

// plainForm is the least that a message can be.
func plainForm(body string) url.Values {
	return url.Values{
		"AccountSid":  {account},
		"Body":        {body},
		"From":        {person},
		"MessageSid":  {messageID},
		"NumMedia":    {"0"},
		"ProfileName": {"Ana Sousa"},
		"To":          {number},
		"WaId":        {"447700900123"},
	}
}

// statusForm is a status callback about a message of ours.
func statusForm(status string) url.Values {
	return url.Values{
		"AccountSid":        {account},
		"ApiVersion":        {"2010-04-01"},
		"ChannelInstallSid": {"XE00112233445566778899aabbccddeeff"},
		"ChannelPrefix":     {"whatsapp"},
		"ChannelToAddress":  {"+44770090XXXX"},
		"EventType":         {"DELIVERED"},
		"From":              {number},
		"MessageSid":        {messageID},
		"MessageStatus":     {status},
		"SmsSid":            {messageID},
		"SmsStatus":         {status},
		"StructuredMessage": {"false"},
		"To":                {person},
	}
}

// with returns the form with parameters replaced; "" takes one away.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// withEmpty returns the form with a parameter that has no value.
func withEmpty(form url.Values, key string) url.Values {
	form.Set(key, "")
	return form
}

// signed encodes a form and signs it for a path of ours.
func signed(form url.Values, uri string) (body []byte, signature string) {
	return []byte(form.Encode()), twiliotest.Sign(token, publicURL+uri, form)
}

// soon bounds what a test waits for; it is generous because the machine may be
// busy.
func soon(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	tb.Cleanup(cancel)
	return ctx
}
