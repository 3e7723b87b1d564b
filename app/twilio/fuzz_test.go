package twilio_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

// FuzzForm signs any body as Twilio's libraries would and checks what the
// Verifier makes of it: accepted means that every parser reads the same, and
// nothing panics in what comes after.
func FuzzForm(f *testing.F) {
	for _, form := range splittable() {
		f.Add(form.Encode())
	}
	for _, body := range []string{"", "&", "=", "a", "a=%", "a=%4", "a=b;c=d", "a=b&a=c", "%41=b", "a=b&&c=d", "a=\x00", "Body=%00"} {
		f.Add(body)
	}
	v := verifier(f)
	f.Fuzz(func(t *testing.T, body string) {
		values, parseErr := url.ParseQuery(body)
		signature := twiliotest.Sign(token, publicURL+inboundURI, values)
		form, err := v.Verify(inboundURI, []byte(body), signature)
		if err != nil {
			require.Contains(t, []app.Kind{app.Invalid, app.Forbidden}, app.KindOf(err))
			require.Zero(t, form.Len(), "a refused form is handed out")
			return
		}
		require.NoError(t, parseErr, "accepted what cannot be parsed")
		require.Len(t, values, form.Len())
		for key, all := range values {
			require.Equal(t, []string{form.Get(key)}, all, key)
		}
		official := client.NewRequestValidator(token)
		require.True(t, official.ValidateBody(publicURL+inboundURI, []byte(body), signature))
		if form.Has("MessageStatus") {
			_, err = twilio.ParseStatus(form, "")
			require.NoError(t, err)
			return
		}
		m, err := twilio.ParseMessage(form)
		require.NoError(t, err)
		_, err = app.ParseAddress(string(m.From))
		require.NoError(t, err)
		require.False(t, strings.ContainsRune(m.Body, 0))
	})
}

// FuzzSignature tries signatures and URIs on a genuine body: one pair passes.
func FuzzSignature(f *testing.F) {
	form := textForm("stock ABC123")
	body, right := signed(form, inboundURI)
	f.Add(inboundURI, right)
	f.Add(inboundURI+"?", right)
	f.Add(inboundURI, strings.ToLower(right))
	f.Add("", "")
	f.Add("/%00", strings.Repeat("=", 28))
	v := verifier(f)
	f.Fuzz(func(t *testing.T, uri, signature string) {
		_, err := v.Verify(uri, body, signature)
		if uri == inboundURI && signature == right {
			require.NoError(t, err)
			return
		}
		// Sign again rather than trust the mutation to be wrong.
		if signature == twiliotest.Sign(token, publicURL+uri, form) {
			return
		}
		require.Equal(t, app.Forbidden, app.KindOf(err), "%q %q", uri, signature)
	})
}
