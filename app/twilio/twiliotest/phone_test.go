package twiliotest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

func serve(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server.URL
}

// verify reads a post as ferry does.
func verify(t *testing.T, base string, p post) (app.Message, error) {
	t.Helper()
	v, err := twilio.NewVerifier(twilio.VerifierConfig{
		PublicURLs: []string{base}, AuthTokens: []string{twiliotest.AuthToken},
		AccountSID: twiliotest.AccountSID, Senders: []app.Address{twiliotest.Number},
	})
	require.NoError(t, err)
	form, err := v.Verify(strings.TrimPrefix(p.url, base), []byte(p.form.Encode()), p.signature)
	if err != nil {
		return app.Message{}, err
	}
	return twilio.ParseMessage(form)
}

// TestPhone sends every kind of message, and each passes ferry's own checks.
func TestPhone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		from app.Address
		in   twiliotest.Inbound
		want app.Message
	}{
		{"text", person, twiliotest.Inbound{Body: "stock ABC123"}, app.Message{Kind: app.KindText, Body: "stock ABC123"}},
		{"emoji", person, twiliotest.Inbound{Body: "📦 & 100% + \"ça\""}, app.Message{Kind: app.KindText, Body: "📦 & 100% + \"ça\""}},
		{"user id", "whatsapp:GB.4480491918930694", twiliotest.Inbound{Body: "hi"}, app.Message{Kind: app.KindText, Body: "hi", UserID: "whatsapp:GB.4480491918930694"}},
		{"picture", person, twiliotest.Inbound{Media: []twiliotest.Media{{}}}, app.Message{Kind: app.KindMedia}},
		{"place", person, twiliotest.Inbound{Location: &twiliotest.Location{Latitude: 51.5, Longitude: -0.12, Label: "Depot", Address: "1 High St"}}, app.Message{Kind: app.KindLocation}},
		{"button", person, twiliotest.Inbound{Button: &twiliotest.Button{Text: "Yes", Payload: "confirm:1"}}, app.Message{Kind: app.KindButton, Body: "Yes"}},
		{"field of one's own", person, twiliotest.Inbound{Body: "hi", Fields: url.Values{"Forwarded": {"true"}}, Without: []string{"WaId"}}, app.Message{Kind: app.KindText, Body: "hi"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := hookServer(t)
			fake := start(t, twiliotest.Options{})
			phone := fake.Phone(test.from, twiliotest.Number, h.url+"/hook#rc=2")
			answer, err := phone.Send(soon(t), test.in)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, answer.Status)
			require.Equal(t, "<Response/>", answer.Body)
			require.Positive(t, answer.Elapsed)
			got, err := verify(t, h.url, h.all()[0])
			require.NoError(t, err)
			require.Equal(t, answer.SID, got.SID)
			require.Equal(t, test.from, got.From)
			require.Equal(t, test.want.Kind, got.Kind)
			require.Equal(t, test.want.Body, got.Body)
			require.Equal(t, test.want.UserID, got.UserID)
			kept := fake.Messages()
			require.Len(t, kept, 1)
			require.True(t, kept[0].Inbound)
			require.Equal(t, string(test.from), kept[0].From)
			require.Zero(t, fake.Stats().Accepted, "inbound messages are not counted as sent")
		})
	}
}

// TestPhoneTricks sends what nobody should accept, and the same message twice.
func TestPhoneTricks(t *testing.T) {
	t.Parallel()
	h := hookServer(t)
	fake := start(t, twiliotest.Options{})
	phone := fake.Phone(person, twiliotest.Number, h.url)
	ctx := soon(t)
	first, err := phone.Text(ctx, "hi")
	require.NoError(t, err)
	again, err := phone.Send(ctx, twiliotest.Inbound{Body: "hi", SID: first.SID, Header: http.Header{"Accept": {"application/json"}}})
	require.NoError(t, err)
	require.Equal(t, first.SID, again.SID)
	require.Len(t, fake.Messages(), 1, "one message, told twice")
	_, err = phone.Send(ctx, twiliotest.Inbound{Body: "hi", Unsigned: true})
	require.NoError(t, err)
	_, err = phone.Send(ctx, twiliotest.Inbound{Body: "hi", Signature: "forged"})
	require.NoError(t, err)
	phone.SignedURL = "https://ferry.example.com/hook"
	_, err = phone.Tap(ctx, "Yes", "confirm:1")
	require.NoError(t, err)
	posts := h.all()
	require.Equal(t, "application/json", posts[1].header.Get("Accept"))
	require.Empty(t, posts[2].signature)
	require.Equal(t, "forged", posts[3].signature)
	require.Equal(t, twiliotest.Sign(fake.AuthToken(), "https://ferry.example.com/hook", posts[4].form), posts[4].signature)
	for _, i := range []int{2, 3} {
		_, err := verify(t, h.url, posts[i])
		require.Equal(t, app.Forbidden, app.KindOf(err))
	}
	_, err = fake.Phone(person, twiliotest.Number, "http://127.0.0.1:1/").Text(ctx, "hi")
	require.Error(t, err)
}

// TestInboundListed: what a person wrote is on the account's list, whether or
// not the webhook was answered.
func TestInboundListed(t *testing.T) {
	t.Parallel()
	fake := start(t, twiliotest.Options{})
	_, err := fake.Phone(person, twiliotest.Number, "http://127.0.0.1:1/").Text(soon(t), "anybody there?")
	require.Error(t, err)
	status, page, err := apiOf(t, fake).call(t, http.MethodGet, messages+".json?To="+url.QueryEscape(number), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	listed := page["messages"].([]any)
	require.Len(t, listed, 1)
	require.Equal(t, "inbound", listed[0].(map[string]any)["direction"])
	require.Equal(t, "received", listed[0].(map[string]any)["status"])
}
