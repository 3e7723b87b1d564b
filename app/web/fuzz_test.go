package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app/web"
)

// FuzzDoor sends anything to both webhooks. Nobody without the token gets a
// 2xx, and every refusal is JSON of ours.
func FuzzDoor(f *testing.F) {
	handler := newDoor(f).server.Handler()
	fields := aMessage(nil)
	good := sign(authToken, publicURL+web.MessagePath, fields)
	f.Add(fields.Encode(), "", "application/x-www-form-urlencoded", "", "*/*")
	f.Add(fields.Encode()+"&Body=again", good, "application/x-www-form-urlencoded; charset=utf-8", "", "application/json;q=0.3")
	f.Add("%zz", good, "application/x-www-form-urlencoded", "?a=b", "application/json")
	f.Add("", "x", "multipart/form-data; boundary=x", "?", ";q=,")
	f.Fuzz(func(t *testing.T, body, signature, contentType, query, accept string) {
		for _, path := range []string{web.MessagePath, web.StatusPath} {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			req.URL.RawQuery = strings.TrimPrefix(query, "?")
			req.Header.Set("X-Twilio-Signature", signature)
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("Accept", accept)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, req)
			require.Less(t, answer.Code, 500)
			if signature == good {
				continue // it may be the genuine form, spelt another way
			}
			require.GreaterOrEqual(t, answer.Code, 400)
			require.True(t, strings.HasPrefix(answer.Body.String(), `{"success":false,"error":"`))
		}
	})
}
