package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ferry/app"
)

const (
	jsonType = "application/json"
	xmlType  = "text/xml; charset=utf-8"
)

// emptyTwiML tells Twilio to do nothing more. Anything else in a 2xx would be
// an error at Twilio's, or, as text/plain, a message to the person.
const emptyTwiML = `<?xml version="1.0" encoding="UTF-8"?><Response/>`

// acknowledge answers a committed message.
func acknowledge(c echo.Context, r app.Receipt) error {
	if !wantsJSON(c.Request().Header.Get("Accept")) {
		return acknowledgeXML(c)
	}
	body := append(make([]byte, 0, 128), `{"success":true,"executionId":"`...)
	body = append(body, r.ExecutionID.String()...)
	body = append(body, `","message":`...)
	body = strconv.AppendQuote(body, noteOf(r)) // plain ASCII: Go's quoting is JSON's
	return c.Blob(http.StatusOK, jsonType, append(body, '}'))
}

func acknowledgeXML(c echo.Context) error {
	return c.Blob(http.StatusOK, xmlType, []byte(emptyTwiML))
}

// noteOf is the message of the JSON answer; the first is the seed's.
func noteOf(r app.Receipt) string {
	switch {
	case r.Duplicate:
		return "Already received"
	case r.RateLimited:
		return "Too many messages: recorded, not processed"
	case r.Refused:
		return "Recorded, not processed"
	default:
		return "Processing request"
	}
}

// appendError appends the error object of every error answer. The sentence is
// one of ours, in plain ASCII.
func appendError(b []byte, sentence string) []byte {
	b = append(b, `{"success":false,"error":`...)
	b = strconv.AppendQuote(b, sentence)
	return append(b, '}')
}

// wantsJSON says that an Accept header asks for JSON by name, and not for XML
// at least as much. Twilio sends */* and gets XML.
func wantsJSON(accept string) bool {
	if accept == "" || accept == "*/*" {
		return false
	}
	var json, xml float64
	for entry := range strings.SplitSeq(accept, ",") {
		mediaType, parameters, _ := strings.Cut(entry, ";")
		switch strings.ToLower(strings.TrimSpace(mediaType)) {
		case "application/json":
			json = max(json, quality(parameters))
		case "text/xml", "application/xml":
			xml = max(xml, quality(parameters))
		}
	}
	return json > xml
}

// quality reads the q of a media type's parameters (RFC 9110, 12.4.2); without
// a readable one it is 1.
func quality(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		if q, err := strconv.ParseFloat(value, 64); err == nil && q >= 0 && q <= 1 {
			return q
		}
	}
	return 1
}
