package twiliotest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1 (twilio.com/docs/usage/security)
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Sign computes Twilio's signature of a form posted to a URL, as the page
// twilio.com/docs/usage/security describes it: the URL, then each parameter's
// name and value in the order of the names, HMAC-SHA1 with the auth token, in
// base64. Of a parameter given more than once only the first value counts.
func Sign(authToken, rawURL string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	text.WriteString(rawURL)
	for _, name := range names {
		text.WriteString(name)
		text.WriteString(form.Get(name))
	}
	mac := hmac.New(sha1.New, []byte(authToken))
	mac.Write([]byte(text.String()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
