package twilio_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

// TestVerifyForms shows which signed forms are webhooks and which are not.
func TestVerifyForms(t *testing.T) {
	t.Parallel()
	media := "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Messages/MM1/Media/ME1"
	tests := []struct {
		name string
		form url.Values
		kind app.Kind
	}{
		{"text", textForm("How many boxes of ABC123?"), ""},
		{"least", plainForm("stock"), ""},
		{"empty text", textForm(""), ""},
		{"any language, emoji, controls", textForm("¿cuántos? कितने 😀\r\n\t\x00\xff;&=%"), ""},
		{"words of Twilio's", textForm("Body lotion From: whatsapp: To Address Label MessageSid SM12 WaId ErrorCode 5"), ""},
		{"status", statusForm("delivered"), ""},
		{"status that nobody knows", statusForm("evaporated"), ""},
		{"status of a service without a sender", with(statusForm("failed"), "From", "", "MessagingServiceSid", service), app.Invalid},
		{"failure", with(statusForm("failed"), "ErrorCode", "63016", "ErrorMessage", "Failed to send freeform message", "ChannelStatusMessage", "Outside the Window"), ""},
		{"media", with(textForm("look"), "MessageType", "image", "NumMedia", "1", "MediaUrl0", media, "MediaContentType0", "image/jpeg"), ""},
		{"macro-enabled sheet", with(textForm(""), "MessageType", "document", "NumMedia", "1", "MediaUrl0", media, "MediaContentType0", "application/vnd.ms-excel.sheet.macroEnabled.12"), ""},
		{"media beyond the count", with(textForm("look"), "NumMedia", "0", "MediaUrl0", media), app.Invalid},
		{"media not a URL", with(textForm("look"), "NumMedia", "1", "MediaUrl0", "javascript:alert(1)"), app.Invalid},
		{"eleven files", with(textForm("look"), "NumMedia", "11"), app.Invalid},
		{"location", with(textForm(""), "MessageType", "location", "Latitude", "-77.395950317383", "Longitude", "25.0", "Address", "1 High St, Body Shop", "Label", "Depot"), ""},
		{"location in words", with(textForm(""), "Latitude", "north", "Longitude", "25.0"), app.Invalid},
		{"button", with(textForm("Yes"), "MessageType", "button", "ButtonText", "Yes", "ButtonPayload", "confirm:12"), ""},
		{
			"interactive reply, as captured", with(textForm("Konfirmasi"), "MessageType", "interactive", "ButtonText", "Konfirmasi",
				"ButtonPayload", "{verifyEmail:asd@example.com}", "Forwarded", "false", "FrequentlyForwarded", "false",
				"OriginalRepliedMessageSender", number, "OriginalRepliedMessageSid", "MM00112233445566778899aabbccddeeff", "ChannelMetadata",
				`{"type":"whatsapp","data":{"context":{"ButtonText":"Konfirmasi","Forwarded":"false","FrequentlyForwarded":"false","ProfileName":"x","WaId":"447700900123"}}}`),
			"",
		},
		{"button in a text", with(textForm("Yes"), "ButtonText", "Yes", "ButtonPayload", "confirm:12"), app.Invalid},
		{"reply", with(textForm("this"), "OriginalRepliedMessageSid", messageID, "OriginalRepliedMessageSender", number), ""},
		{"forwarded", with(textForm("this"), "Forwarded", "true", "FrequentlyForwarded", "true"), ""},
		{"forwarded maybe", with(textForm("this"), "Forwarded", "maybe"), app.Invalid},
		{"from an advertisement", with(textForm("hi"), "ReferralBody", "Buy now", "ReferralSourceUrl", "https://fb.me/1"), ""},
		{"from half an advertisement", with(textForm("hi"), "ReferralBody", "Buy now"), app.Invalid},
		{"user id", with(textForm("hi"), "From", "whatsapp:GB.4480491918930694", "WaId", ""), ""},
		{"user id with an empty WaId", withEmpty(with(textForm("hi"), "From", "whatsapp:GB.4480491918930694"), "WaId"), ""},
		{"empty metadata", withEmpty(textForm("hi"), "ChannelMetadata"), app.Invalid},
		{"user id that is another", with(textForm("hi"), "From", "whatsapp:GB.1", "WaId", ""), app.Invalid},
		{"opt-out", with(textForm("stop"), "OptOutType", "STOP"), ""},
		{"Mexico, old and new number", with(textForm("hola"), "From", "whatsapp:+5215512345678", "WaId", "525512345678"), ""},
		{"Brazil, old and new number", with(textForm("oi"), "From", "whatsapp:+551187654321", "WaId", "5511987654321"), ""},
		{"someone else's WaId", with(textForm("hi"), "WaId", "447700900124"), app.Invalid},
		{"SIDs differ", with(textForm("hi"), "SmsSid", "SM00112233445566778899aabbccddeef0"), app.Invalid},
		{"no SID", with(textForm("hi"), "MessageSid", ""), app.Invalid},
		{"short SID", with(textForm("hi"), "MessageSid", "SM12", "SmsSid", "", "SmsMessageSid", ""), app.Invalid},
		{"no sender", with(textForm("hi"), "From", ""), app.Invalid},
		{"plain number", with(textForm("hi"), "From", "+447700900123"), app.Invalid},
		{"no account", with(textForm("hi"), "AccountSid", ""), app.Invalid},
		{"other account", with(textForm("hi"), "AccountSid", "AC00000000000000000000000000000000"), app.Forbidden},
		{"other number", with(textForm("hi"), "To", "whatsapp:+14155238887"), app.Forbidden},
		{"no number", with(textForm("hi"), "To", ""), app.Invalid},
		{"status of another number", with(statusForm("sent"), "From", "whatsapp:+14155238887"), app.Forbidden},
		{"service that is not ours", with(textForm("hi"), "To", "whatsapp:+14155238887", "MessagingServiceSid", service), app.Forbidden},
		{"metadata cut off", with(textForm("hi"), "ChannelMetadata", `{"type":"whatsapp"`), app.Invalid},
		{"parameter of the future", with(textForm("hi"), "NumReactions", "3", "Zeitgeist", "it is", "UserAgent", "x", "lower_case-1", "1"), ""},
		{"parameter of the future, too long", with(textForm("hi"), "Zeitgeist", strings.Repeat("z", 17<<10)), app.Invalid},
		{"parameter of the future behind text", with(plainForm("hi"), "Campaign", "3"), app.Invalid},
		{"parameter before the account", with(textForm("hi"), "Aardvark", "3"), app.Invalid},
	}
	v := verifier(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			uri := inboundURI
			if test.form.Has("MessageStatus") {
				uri = statusURI
			}
			body, signature := signed(test.form, uri)
			form, err := v.Verify(uri, body, signature)
			require.Equal(t, test.kind, app.KindOf(err), "%v", err)
			if err != nil {
				require.NotContains(t, err.Error(), "447700900", "an error names a person")
				return
			}
			require.Equal(t, len(test.form), form.Len())
			for key, value := range form.All() {
				require.Equal(t, test.form.Get(key), value, key)
			}
			_, err = v.Verify(uri, body, twiliotest.Sign("x"+token[1:], publicURL+uri, test.form))
			require.Equal(t, app.Forbidden, app.KindOf(err), "a wrong signature is told before anything else")
		})
	}
}

// TestVerifyService accepts any number of the messaging service.
func TestVerifyService(t *testing.T) {
	t.Parallel()
	config := verifierConfig()
	config.Senders, config.MessagingServiceSID = nil, service
	v, err := twilio.NewVerifier(config)
	require.NoError(t, err)
	tests := []struct {
		name string
		form url.Values
		uri  string
		kind app.Kind
	}{
		{"of the service", with(textForm("hi"), "MessagingServiceSid", service), inboundURI, ""},
		{"status of the service, sender not picked yet", with(statusForm("queued"), "MessagingServiceSid", service, "From", ""), statusURI, ""},
		{"of no service", textForm("hi"), inboundURI, app.Forbidden},
		{"of another service", with(textForm("hi"), "MessagingServiceSid", "MG00000000000000000000000000000000"), inboundURI, app.Forbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body, signature := signed(test.form, test.uri)
			_, err := v.Verify(test.uri, body, signature)
			require.Equal(t, test.kind, app.KindOf(err), "%v", err)
		})
	}
}

// TestRepeatedParameters appends a second value for every parameter, the same
// or another, to a signed form. Twilio's own validator accepts each.
func TestRepeatedParameters(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	for _, form := range []url.Values{textForm("stock"), statusForm("sent")} {
		uri := inboundURI
		if form.Has("MessageStatus") {
			uri = statusURI
		}
		body, signature := signed(form, uri)
		for key := range form {
			for _, value := range []string{form.Get(key), "evil", ""} {
				more := string(body) + "&" + key + "=" + url.QueryEscape(value)
				_, err := v.Verify(uri, []byte(more), signature)
				require.Equal(t, app.Invalid, app.KindOf(err), key)
				_, err = v.Verify(uri, []byte(key+"="+url.QueryEscape(value)+"&"+string(body)), signature)
				require.NotEmpty(t, app.KindOf(err), key)
			}
		}
	}
}

// TestMalformedForms: whoever can sign is told that the form is wrong, whoever
// cannot learns nothing.
func TestMalformedForms(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	form := textForm("stock")
	whole, right := signed(form, inboundURI)
	many := string(whole)
	for i := range 200 {
		many += fmt.Sprintf("&Z%d=1", i)
	}
	literal := func(extraKey, extraValue string) string {
		form := textForm("stock")
		form.Set(extraKey, extraValue)
		return twiliotest.Sign(token, publicURL+inboundURI, form)
	}
	tests := []struct {
		name, body, signature string
	}{
		{"bad escape", string(whole) + "&Zebra=%zz", right},
		{"bad escape, signed as it stands", string(whole) + "&Zebra=%zz", literal("Zebra", "%zz")},
		{"escape cut off", string(whole) + "&Zebra=%4", right},
		{"semicolon", string(whole) + "&Zebra=a;b", literal("Zebra", "a;b")},
		{"semicolon for an ampersand", strings.ReplaceAll(string(whole), "&", ";"), twiliotest.Sign(token, publicURL+inboundURI, nil)},
		{"no value", string(whole) + "&Zebra", literal("Zebra", "")},
		{"no name", string(whole) + "&=1", literal("", "1")},
		{"empty part", string(whole) + "&&", right},
		{"ampersand at the end", string(whole) + "&", right},
		{"escaped name", "%42ody=x", twiliotest.Sign(token, publicURL+inboundURI, url.Values{"Body": {"x"}})},
		{"name that begins with an underscore", string(whole) + "&_a=1", literal("_a", "1")},
		{"name that begins with a digit", string(whole) + "&1a=1", literal("1a", "1")},
		{"name too long", string(whole) + "&" + strings.Repeat("Z", 65) + "=1", literal(strings.Repeat("Z", 65), "1")},
		{"twice, signed as Node.js signs", string(whole) + "&Zebra=2&Zebra=1&Zebra=2", literal("Zebra", "1Zebra2")},
		{"name with a space", "Bo+dy=x", twiliotest.Sign(token, publicURL+inboundURI, url.Values{"Bo dy": {"x"}})},
		{"not a form", `{"a":1}`, twiliotest.Sign(token, publicURL+inboundURI, url.Values{`{"a":1}`: {""}})},
		{"nothing at all", "", twiliotest.Sign(token, publicURL+inboundURI, nil)},
		{"nothing readable", "%%%", twiliotest.Sign(token, publicURL+inboundURI, nil)},
		{"too many", many, right},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			signature := test.signature
			if test.name == "too many" {
				parsed, err := url.ParseQuery(test.body)
				require.NoError(t, err)
				signature = twiliotest.Sign(token, publicURL+inboundURI, parsed)
			}
			_, err := v.Verify(inboundURI, []byte(test.body), signature)
			require.Equal(t, app.Invalid, app.KindOf(err), "%v", err)
			_, err = v.Verify(inboundURI, []byte(test.body), "")
			require.Equal(t, app.Forbidden, app.KindOf(err), "unsigned: %v", err)
			_, err = v.Verify(inboundURI, []byte(test.body), strings.Repeat("A", 27)+"=")
			require.Equal(t, app.Forbidden, app.KindOf(err), "signed wrongly: %v", err)
		})
	}
}

// TestRequestURIs shows that a signature is for one URI only.
func TestRequestURIs(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	form := textForm("stock")
	body, signature := signed(form, inboundURI)
	for _, uri := range []string{
		"", "/", inboundURI + "/", inboundURI + "?", inboundURI + "?x=1", "/" + inboundURI, inboundURI + "/status",
		"/API/webhooks/whatsapp", "/api//webhooks/whatsapp", "/api/webhooks%2fwhatsapp", "/./api/webhooks/whatsapp",
		publicURL + inboundURI, "https://evil.example.com" + inboundURI, inboundURI + "#x", inboundURI + ";x=1",
		inboundURI + "?bodySHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		inboundURI + "AccountSid" + account, inboundURI + " ", inboundURI + "é",
	} {
		_, err := v.Verify(uri, body, signature)
		require.Equal(t, app.Forbidden, app.KindOf(err), "%q", uri)
	}
}

// TestSignedHash: a body hash in the URL, which Twilio's validator honours in
// place of the parameters, is nothing but a part of the URL.
func TestSignedHash(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	uri := inboundURI + "?bodySHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	body, _ := signed(textForm("stock"), uri)
	_, err := v.Verify(uri, body, twiliotest.Sign(token, publicURL+uri, nil))
	require.Equal(t, app.Forbidden, app.KindOf(err))
}

func TestIsForm(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"application/x-www-form-urlencoded":                   true,
		"application/x-www-form-urlencoded; charset=UTF-8":    true,
		"Application/X-WWW-Form-Urlencoded;charset=\"utf-8\"": true,
		"application/x-www-form-urlencoded; charset=utf-16":   false,
		"application/x-www-form-urlencoded2":                  false,
		"multipart/form-data; boundary=x":                     false,
		"application/json":                                    false,
		"":                                                    false,
	} {
		require.Equal(t, want, twilio.IsForm(header), header)
	}
}
