package twilio_test

import (
	"encoding/base64"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

// TestPublishedSignature holds the tests' own signer against the example on
// twilio.com/docs/usage/security. Everything else here is signed with it.
func TestPublishedSignature(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"CallSid": {"CA1234567890ABCDE"},
		"Caller":  {"+14158675310"},
		"Digits":  {"1234"},
		"From":    {"+14158675310"},
		"To":      {"+18005551212"},
	}
	require.Equal(t, "L/OH5YylLD5NRKLltdqwSvS0BnU=",
		twiliotest.Sign("12345", "https://example.com/myapp.php?foo=1&bar=2", form))
}

// TestPublishedSignatureIsKnown lets the Verifier itself see the published
// signature. The form is a call, so what remains is to refuse it as not ours:
// Invalid says that the signature was right, Forbidden that it was not.
func TestPublishedSignatureIsKnown(t *testing.T) {
	t.Parallel()
	config := verifierConfig()
	config.PublicURLs, config.AuthTokens = []string{"https://example.com"}, []string{"12345"}
	v, err := twilio.NewVerifier(config)
	require.NoError(t, err)
	body := []byte("CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212")
	_, err = v.Verify("/myapp.php?foo=1&bar=2", body, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
	require.Equal(t, app.Invalid, app.KindOf(err))
	_, err = v.Verify("/myapp.php?foo=1&bar=3", body, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
	require.Equal(t, app.Forbidden, app.KindOf(err))
}

// TestSignatureForms refuses everything that is nearly the signature.
func TestSignatureForms(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	form := textForm("stock ABC123")
	body, right := signed(form, inboundURI)
	raw, err := base64.StdEncoding.DecodeString(right)
	require.NoError(t, err)
	// The last letter before "=" carries two bits that mean nothing.
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, right[26])
	tests := []struct{ name, signature string }{
		{"missing", ""},
		{"short", right[:27]},
		{"long", right + "="},
		{"with a space", right + " "},
		{"one letter swapped", swapCase(right)},
		{"same bytes, other letter", right[:26] + string(alphabet[last^1]) + "="},
		{"url alphabet", strings.Repeat("-", 27) + "="},
		{"without padding", strings.TrimRight(right, "=") + "A"},
		{"hex", strings.Repeat("0", 28)},
		{"of another token", twiliotest.Sign("f"+token[1:], publicURL+inboundURI, form)},
		{"of the empty token", twiliotest.Sign("", publicURL+inboundURI, form)},
		{"of the URL alone", twiliotest.Sign(token, publicURL+inboundURI, nil)},
		{"of another path", twiliotest.Sign(token, publicURL+statusURI, form)},
		{"of http", twiliotest.Sign(token, "http://ferry.example.com"+inboundURI, form)},
		{"of a slash more", twiliotest.Sign(token, publicURL+inboundURI+"/", form)},
		{"of another host", twiliotest.Sign(token, "https://evil.example.com"+inboundURI, form)},
		{"raw bytes", string(raw)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(inboundURI, body, test.signature)
			require.Equal(t, app.Forbidden, app.KindOf(err), "%v", err)
		})
	}
	_, err = v.Verify(inboundURI, body, right)
	require.NoError(t, err)
}

func swapCase(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' {
			return s[:i] + strings.ToUpper(string(c)) + s[i+1:]
		}
	}
	return "a" + s[1:]
}

// TestRotation accepts every configured token and every configured URL.
func TestRotation(t *testing.T) {
	t.Parallel()
	config := verifierConfig()
	config.AuthTokens = []string{token, "0000000000000000000000000000next"}
	config.PublicURLs = []string{"https://one.example.com", "https://two.example.com:8443/behind/", "http://[::1]:8080"}
	v, err := twilio.NewVerifier(config)
	require.NoError(t, err)
	form := textForm("stock")
	body := []byte(form.Encode())
	tests := []struct {
		name, base, token string
		kind              app.Kind
	}{
		{"first of each", "https://one.example.com", token, ""},
		{"last of each", "https://two.example.com:8443/behind", "0000000000000000000000000000next", ""},
		{"its own port added", "https://one.example.com:443", token, ""},
		{"port taken away", "https://two.example.com/behind", token, ""},
		{"IPv6", "http://[::1]:8080", token, ""},
		{"another port", "https://one.example.com:444", token, app.Forbidden},
		{"prefix missing", "https://two.example.com:8443", token, app.Forbidden},
		{"another token", "https://one.example.com", "0000000000000000000000000000past", app.Forbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(inboundURI, body, twiliotest.Sign(test.token, test.base+inboundURI, form))
			require.Equal(t, test.kind, app.KindOf(err), "%v", err)
		})
	}
}

// TestAgreesWithTwilioValidator holds the signature check against Twilio's own
// validator, on random forms and URLs and on wrong signatures for them.
func TestAgreesWithTwilioValidator(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	bases := []string{"https://a.example.com", "https://a.example.com:8443", "http://a.example.com", "http://a.example.com:80/p"}
	verifiers := map[string]*twilio.Verifier{}
	for _, base := range bases {
		config := verifierConfig()
		config.PublicURLs = []string{base}
		v, err := twilio.NewVerifier(config)
		require.NoError(t, err)
		verifiers[base] = v
	}
	for range 1500 {
		base := bases[random.IntN(len(bases))]
		uri := []string{inboundURI, statusURI, "/", "/a%20b?c=%2F"}[random.IntN(4)]
		form := textForm(randomText(random, 40))
		form.Set("X"+randomName(random), randomText(random, 10))
		body := []byte(form.Encode())
		signature := twiliotest.Sign(token, base+uri, form)
		if random.IntN(2) == 0 {
			i := random.IntN(len(signature) - 1)
			signature = signature[:i] + string(signature[i]^1) + signature[i+1:]
		}
		official := client.NewRequestValidator(token)
		want := official.ValidateBody(base+uri, body, signature)
		_, err := verifiers[base].Verify(uri, body, signature)
		require.Equal(t, want, app.KindOf(err) != app.Forbidden, "%s%s: %v", base, uri, err)
	}
}

func randomText(random *rand.Rand, longest int) string {
	letters := []rune("abc ABC 123 ;&=%+äñ😀\n\"'\\{}")
	text := make([]rune, random.IntN(longest+1))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

func randomName(random *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789_"
	name := make([]byte, 1+random.IntN(8))
	for i := range name {
		name[i] = letters[random.IntN(len(letters))]
	}
	return string(name)
}

// TestNewVerifier refuses configurations with which anybody, or nobody, could
// pass.
func TestNewVerifier(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*twilio.VerifierConfig)
		says   string
	}{
		{"no token", func(c *twilio.VerifierConfig) { c.AuthTokens = nil }, "no auth token"},
		{"empty token", func(c *twilio.VerifierConfig) { c.AuthTokens = []string{token, ""} }, "anybody could sign"},
		{"blank token", func(c *twilio.VerifierConfig) { c.AuthTokens = []string{" "} }, "anybody could sign"},
		{"no URL", func(c *twilio.VerifierConfig) { c.PublicURLs = nil }, "no public URL"},
		{"URL without a scheme", func(c *twilio.VerifierConfig) { c.PublicURLs = []string{"ferry.example.com"} }, "want http"},
		{"URL with a query", func(c *twilio.VerifierConfig) { c.PublicURLs = []string{publicURL + "?a=b"} }, "no user, query or fragment"},
		{"URL with a user", func(c *twilio.VerifierConfig) { c.PublicURLs = []string{"https://a:b@c"} }, "no user, query or fragment"},
		{"no account", func(c *twilio.VerifierConfig) { c.AccountSID = "" }, "account SID"},
		{"no sender", func(c *twilio.VerifierConfig) { c.Senders = nil }, "neither a WhatsApp number"},
		{"bad sender", func(c *twilio.VerifierConfig) { c.Senders = []app.Address{"+14155238886"} }, "WhatsApp number"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := verifierConfig()
			test.change(&config)
			_, err := twilio.NewVerifier(config)
			require.ErrorContains(t, err, test.says)
		})
	}
}
