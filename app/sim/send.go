package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"ferry/app/twilio/twiliotest"
)

// send lets a person write: the fake posts a signed webhook. It asks for the
// answer as JSON, which names the execution; Twilio itself gets empty TwiML.
func (s *Simulator) send(ctx context.Context, phone *twiliotest.Phone, text string) Sent {
	answer, err := phone.Send(context.WithoutCancel(ctx), twiliotest.Inbound{
		Body:   text,
		Header: http.Header{"Accept": {"application/json"}},
	})
	sent := Sent{ID: answer.SID, Webhook: readAnswer(answer, err)}
	s.journal.webhook(sent.ID, sent.Webhook)
	return sent
}

// readAnswer reads what the webhook answered, or why it did not.
func readAnswer(answer twiliotest.WebhookAnswer, err error) Webhook {
	w := Webhook{Status: answer.Status, MS: milliseconds(answer.Elapsed)}
	if err != nil {
		w.Status, w.Error = 0, err.Error()
		return w
	}
	var body struct {
		ExecutionID string `json:"executionId"`
		Message     string `json:"message"`
		Error       string `json:"error"`
	}
	if jsonErr := json.Unmarshal([]byte(answer.Body), &body); jsonErr != nil && w.Accepted() {
		w.Error = "the answer is not the JSON that was asked for"
	}
	w.ExecutionID, w.Note = body.ExecutionID, body.Message
	if !w.Accepted() {
		w.Error = strings.TrimSpace("HTTP " + strconv.Itoa(w.Status) + " " + body.Error)
	}
	return w
}
