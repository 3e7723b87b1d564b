package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/web"
)

func TestStatusIsApplied(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	var got *twilio.Status
	d.onStatus(func(ctx context.Context, s twilio.Status) error {
		_, bounded := ctx.Deadline()
		require.True(t, bounded)
		got = &s
		return nil
	})
	requireEmptyTwiML(t, d.post(t, web.StatusPath+"?part=0198c0de-0000-7000-8000-000000000001", aStatus(nil)))
	require.NotNil(t, got)
	d.requireCounted(t, `ferry_status_callback_seconds_count{outcome="applied"}`, "1")
}

// Twilio cannot mend what we cannot use, and would only raise an alarm.
func TestSignedStatusIsNeverRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for name, changes := range map[string]map[string]string{
		"unknown status":         {"MessageStatus": "teleported"},
		"no SID":                 {"MessageSid": "-"},
		"a SID that is none":     {"MessageSid": "x"},
		"unknown parameter":      {"Whatever": "1"},
		"error code":             {"MessageStatus": "failed", "ErrorCode": "63016"},
		"odd error code":         {"MessageStatus": "failed", "ErrorCode": "many"},
		"bytes that are no text": {"ErrorMessage": "\xff\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireEmptyTwiML(t, d.post(t, web.StatusPath, aStatus(changes)))
		})
	}
	for name, err := range map[string]error{
		"unknown part":  app.Errorf(app.NotFound, "no such part"),
		"known already": app.Errorf(app.Conflict, "older status"),
		"our bug":       errors.New("bug"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.onStatus(func(context.Context, twilio.Status) error { return err })
			requireEmptyTwiML(t, d.post(t, web.StatusPath, aStatus(nil)))
			require.Contains(t, d.log.String(), "status callback ignored")
			d.requireCounted(t, `ferry_status_callback_seconds_count{outcome="ignored"}`, "1")
		})
	}
}

func TestStatusWhenTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"away":     app.Errorf(app.Unavailable, "connect"),
		"too slow": fmt.Errorf("update: %w", context.DeadlineExceeded),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.onStatus(func(context.Context, twilio.Status) error { return err })
			answer := d.post(t, web.StatusPath, aStatus(nil))
			require.Equal(t, "5", answer.Header.Get("Retry-After"))
			requireRefused(t, answer, http.StatusServiceUnavailable, unavailable)
		})
	}
}

func TestStatusSignature(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.onStatus(func(context.Context, twilio.Status) error { return errors.New("an unsigned status was applied") })
	fields := aStatus(nil)
	for name, signature := range map[string]string{
		"none":             "",
		"for a message":    sign(authToken, publicURL+web.MessagePath, fields),
		"of another token": sign("another", publicURL+web.StatusPath, fields),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := d.postBody(t, web.StatusPath, strings.NewReader(fields.Encode()), "X-Twilio-Signature: "+signature)
			requireRefused(t, answer, http.StatusUnauthorized, "Invalid signature")
		})
	}
}

func TestPanicWhileApplying(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.onStatus(func(context.Context, twilio.Status) error { panic("whatsapp:+447700900123") })
	requireRefused(t, d.post(t, web.StatusPath, aStatus(nil)), http.StatusInternalServerError, internal)
	require.NotContains(t, d.log.String(), "447700900123")
	d.requireCounted(t, `ferry_status_callback_seconds_count{outcome="failed"}`, "1")
}
