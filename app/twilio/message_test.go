package twilio_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio"
)

// verified passes a form through the Verifier.
func verified(t *testing.T, form url.Values, uri string) twilio.Form {
	t.Helper()
	body, signature := signed(form, uri)
	checked, err := verifier(t).Verify(uri, body, signature)
	require.NoError(t, err)
	return checked
}

func TestParseMessage(t *testing.T) {
	t.Parallel()
	media := "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Messages/MM1/Media/ME1"
	text := app.Message{
		SID: messageID, From: person, UserID: "whatsapp:GB.4480491918930694",
		ProfileName: "Ana Sousa", Kind: app.KindText, Body: "stock ABC123",
	}
	tests := []struct {
		name string
		form url.Values
		want func(*app.Message)
	}{
		{"text", textForm("stock ABC123"), func(*app.Message) {}},
		{"least", plainForm("stock ABC123"), func(m *app.Message) { m.UserID = "" }},
		{"no body at all", with(textForm(""), "Body", ""), func(m *app.Message) { m.Body = "" }},
		{
			"NUL, bad UTF-8 and CRLF", with(textForm("a\x00b\xff\r\nc"), "ProfileName", "A\x00na"),
			func(m *app.Message) {
				m.Body, m.RawBody, m.ProfileName = "ab\uFFFD\nc", []byte("a\x00b\xff\r\nc"), "Ana"
			},
		},
		{
			"user id alone", with(textForm("stock ABC123"), "From", "whatsapp:GB.4480491918930694", "WaId", "", "ExternalUserId", ""),
			func(m *app.Message) { m.From = "whatsapp:GB.4480491918930694" },
		},
		{
			"media", with(textForm("look"), "MessageType", "image", "NumMedia", "1", "MediaUrl0", media, "MediaContentType0", "image/jpeg"),
			func(m *app.Message) {
				m.Kind, m.Body = app.KindMedia, "look"
				m.Details = map[string]string{"MessageType": "image", "MediaUrl0": media, "MediaContentType0": "image/jpeg"}
			},
		},
		{
			"location", with(textForm(""), "MessageType", "location", "Latitude", "51.5", "Longitude", "-0.12", "Label", "De\x00pot"),
			func(m *app.Message) {
				m.Kind, m.Body = app.KindLocation, ""
				m.Details = map[string]string{"MessageType": "location", "Latitude": "51.5", "Longitude": "-0.12", "Label": "Depot"}
			},
		},
		{
			"button", with(textForm("Yes"), "MessageType", "button", "ButtonText", "Yes", "ButtonPayload", "confirm:12"),
			func(m *app.Message) {
				m.Kind, m.Body = app.KindButton, "Yes"
				m.Details = map[string]string{"MessageType": "button", "ButtonText": "Yes", "ButtonPayload": "confirm:12"}
			},
		},
		{
			"forwarded reply", with(textForm("stock ABC123"), "Forwarded", "true", "FrequentlyForwarded", "false", "OriginalRepliedMessageSid", messageID),
			func(m *app.Message) {
				m.Details = map[string]string{"Forwarded": "true", "OriginalRepliedMessageSid": messageID}
			},
		},
		{
			"opt-out", with(textForm("stock ABC123"), "OptOutType", "STOP"),
			func(m *app.Message) { m.Details = map[string]string{"OptOutType": "STOP"} },
		},
		{"unknown parameter", with(textForm("stock ABC123"), "Zeitgeist", "x"), func(*app.Message) {}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := text
			test.want(&want)
			got, err := twilio.ParseMessage(verified(t, test.form, inboundURI))
			require.NoError(t, err)
			require.WithinDuration(t, time.Now(), got.ReceivedAt, time.Minute)
			got.ReceivedAt = time.Time{}
			require.Equal(t, want, got)
		})
	}
}

func TestParseStatus(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		"queued", "sending", "sent", "failed", "delivered", "undelivered", "receiving", "received",
		"accepted", "scheduled", "read", "partially_delivered", "canceled", "evaporated",
	} {
		got, err := twilio.ParseStatus(verified(t, statusForm(word), statusURI), "part-1")
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), got.ReceivedAt, time.Minute)
		got.ReceivedAt = time.Time{}
		require.Equal(t, twilio.Status{PartID: "part-1", MessageSID: messageID, Status: word}, got)
	}
	form := with(statusForm("undelivered"), "ErrorCode", "63016")
	got, err := twilio.ParseStatus(verified(t, form, statusURI), "")
	require.NoError(t, err)
	require.Equal(t, 63016, got.ErrorCode)
	require.True(t, got.Failed())
}

// TestParseTheOther gives each parser the other's form.
func TestParseTheOther(t *testing.T) {
	t.Parallel()
	_, err := twilio.ParseMessage(verified(t, statusForm("sent"), statusURI))
	require.Equal(t, app.Invalid, app.KindOf(err))
	_, err = twilio.ParseStatus(verified(t, textForm("hi"), inboundURI), "")
	require.Equal(t, app.Invalid, app.KindOf(err))
	_, err = twilio.ParseMessage(twilio.Form{})
	require.Equal(t, app.Invalid, app.KindOf(err))
	_, err = twilio.ParseStatus(twilio.Form{}, "")
	require.Equal(t, app.Invalid, app.KindOf(err))
}

// TestStatusRank keeps the order in which one status replaces another.
func TestStatusRank(t *testing.T) {
	t.Parallel()
	order := []string{"evaporated", "queued", "sending", "sent", "failed", "delivered", "read"}
	for i := 1; i < len(order); i++ {
		require.Less(t, twilio.StatusRank(order[i-1]), twilio.StatusRank(order[i]))
	}
	require.Equal(t, twilio.StatusRank("failed"), twilio.StatusRank("undelivered"))
}
