// Package persona turns what an agent found out (app.Result) into the words
// of one WhatsApp message, in the voice that the person has chosen, and cuts
// long texts into messages.
//
// The words are in templates/<persona>/<template>.tmpl; a persona without a
// file of its own for a template uses the one of the default. Templates see
// views (stock.go, alerts.go, report.go, replies.go), never a Result: every
// figure of a view is written once, in Go, and every name in it has been made
// harmless, so that no template can print another number than its neighbour
// or let a product's name switch on bold print.
//
// Numbers are written 1,234 and 3.43; dates 9 Jul 2026; times 9 Jul 2026,
// 14:03 in the person's zone. The processor gets records for a machine:
// a [BLOCK_NAME] header, then one "Key: value" a line, numbers plain (1234),
// dates and times as in RFC 3339, and NONE for what is not known.
package persona

import (
	"strings"
	"time"

	"ferry/app"
)

// textSize is a little more than the usual length of a text in bytes; a longer
// one costs one more allocation.
const textSize = 1024

// Render tells r in the voice of p (the empty persona is the default), with
// times in loc (nil means UTC). The text is in WhatsApp's own markup, without
// white space around it, and may be longer than one message: see Split.
// Results are given by value. The error is an app.Error of kind Internal: a
// persona or a result that ferry does not have.
func Render(p app.Persona, r app.Result, loc *time.Location) (string, error) {
	known, err := app.ParsePersona(string(p))
	if err != nil {
		return "", app.Errorf(app.Internal, "choose the templates: %w", err)
	}
	if r == nil {
		return "", app.Errorf(app.Internal, "render for %s: no result", known)
	}
	sets, err := templates()
	if err != nil {
		return "", app.Errorf(app.Internal, "parse the templates: %w", err)
	}
	t := sets[known].Lookup(r.Template())
	if t == nil {
		return "", app.Errorf(app.Internal, "render for %s: no template %q", known, r.Template())
	}
	view, err := newVoice(known, loc).view(r)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(textSize)
	if err := t.Execute(&text, view); err != nil {
		return "", app.Errorf(app.Internal, "render %s for %s: %w", r.Template(), known, err)
	}
	return strings.Trim(text.String(), " \n"), nil
}

// voice is how figures and times are written for one person.
type voice struct {
	loc    *time.Location
	record bool // for a machine: plain numbers, RFC 3339
}

func newVoice(p app.Persona, loc *time.Location) voice {
	if loc == nil {
		loc = time.UTC
	}
	return voice{loc: loc, record: p == app.PersonaProcessor}
}

// known passes on what is known. The unknown is "" to a person's template,
// which has words for it, and NONE in a record.
func (v voice) known(s string) string {
	if s == "" && v.record {
		return "NONE"
	}
	return s
}

// view prepares what the template of r may see.
func (v voice) view(r app.Result) (any, error) {
	switch r := r.(type) {
	case app.StockResult:
		return v.stock(r), nil
	case app.AlertsResult:
		return v.alerts(r), nil
	case app.ReportResult:
		return v.report(r), nil
	case app.ProductUnknown:
		return v.unknownProduct(r), nil
	case app.PlaceUnknown:
		return v.unknownPlace(r), nil
	case app.NotYet:
		return notYetView{Wish: words(r.Intent), Intent: v.known(nameOrNone(r.Intent))}, nil
	case app.Trouble:
		return troubleView{Missing: r.Missing}, nil
	case app.HelpResult, app.Acknowledgement:
		return nil, nil
	default:
		return nil, app.Errorf(app.Internal, "render %s: no view of a %T", r.Template(), r)
	}
}
