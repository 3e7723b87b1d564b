package twilio

import (
	"errors"
	"strings"
)

// Twilio signs names and values laid end to end, without separators. Whoever
// learns the signature of one message can therefore cut the same text anew:
// "BodyhiFromwhatsapp:+1555…" is the message "hi" from +1555…, and just as
// well a message without a sender whose text is "hiFromwhatsapp:+1555…". A
// person who writes the second text, and gets at its signature in some log,
// holds a signed message from somebody else, with a SID and a sender of his
// choice. Twilio's own validators accept it.
//
// checkOneReading refuses every form but one for each signed text. It looks at
// the text as it is signed, names included, and wants three things of it.
//
//  1. Anchors (rule.begins), such as "MessageSid" followed by "SM" and a hex
//     digit, stand in the text only where the form has that parameter, or
//     inside a longer known name ("SmsMessageSid"). Two accepted forms with the
//     same text so have the same anchors at the same places: an anchor of one
//     that the other lacks would stand in the other's values. AccountSid,
//     MessageSid and, for messages, From and To are anchors and required.
//
//  2. Between two neighbouring anchors A and B, the name of a free-text
//     parameter K that sorts between A and B stands in the text first as the
//     parameter K of the form, or not at all. A form that moved K elsewhere
//     would have to be sorted differently, and would be signed differently; a
//     form that made K text has its name in front of any other.
//
//  3. A parameter that ferry does not know follows only a value whose end is
//     certain (rule.ends), or another unknown one. Behind free text, nobody
//     can tell it from the text's own last words: "order 10 Crates" is also
//     "order 10 " and a parameter named Crates.
//
// By 1 and 2 two accepted forms agree on where each known parameter stands; by
// 3 on where its value ends: free text ends at the next known parameter, other
// values where they must. So they agree on everything that ferry reads.
// Unknown parameters can be cut among themselves; nothing reads them.
//
// People may write what they like, "Body" and "Address" and "From whatsapp:"
// included. What they cannot write is a parameter's name joined to a value of
// it, or the name of a parameter that Twilio puts between Body and From, such
// as "ButtonPayload".
//
// One thing no check of the form can tell: when Twilio itself has left a
// parameter out that it sends to others (ButtonPayload on an account without
// MessageType, ExternalUserId on one without user ids), a person's text that
// spells it out reads better cut than whole, and only the cut form is accepted.
// Who wrote it, to whom, and under which SID stays as it was signed. With the
// parameters that Twilio sent in 2026 there is no such text: MessageType rules
// out buttons and the parameters of callbacks (checkType), and the source of an
// advertisement its words (checkReferral).
func (f Form) checkOneReading(signed string, rules []*rule) error {
	if f.fields[0].key != "AccountSid" {
		return errFirst // what precedes the first anchor could belong to the URL
	}
	gap := gap{}
	at := 0
	for i, field := range f.fields {
		end := at + len(field.key) + len(field.value)
		from := at
		if r := rules[i]; r != nil {
			from += len(field.key)
			if r.begins != nil {
				gap = f.gapAt(i, at, rules)
			}
		} else if !endsBefore(rules[i-1], f.fields[i-1].value, field.key[0]) {
			return errUncertainEnd
		}
		if err := f.checkNames(signed, from, end, gap); err != nil {
			return err
		}
		at = end
	}
	return nil
}

var (
	errFirst        = errors.New("a parameter stands before AccountSid, where it could belong to the URL")
	errUncertainEnd = errors.New("an unknown parameter follows text that it could be part of")
	errNameInText   = errors.New("a value spells out another parameter, so the signed text has a second reading")
)

// endsBefore says that a value's end is certain when a name that begins with c
// follows it. Unknown parameters among themselves do not matter.
func endsBefore(r *rule, value string, c byte) bool {
	return r == nil || (r.ends != nil && r.ends(value, c))
}

// gap is the stretch of the form from one anchor up to the next.
type gap struct {
	after, before string // the anchors' names; before is "" behind the last one
	fields        []field
	start         int // where the first of fields stands in the signed text
}

func (f Form) gapAt(i, at int, rules []*rule) gap {
	end := i + 1
	for end < len(rules) && (rules[end] == nil || rules[end].begins == nil) {
		end++
	}
	g := gap{after: f.fields[i].key, fields: f.fields[i:end], start: at}
	if end < len(f.fields) {
		g.before = f.fields[end].key
	}
	return g
}

// sorts says that a parameter of this name would stand in the gap.
func (g gap) sorts(name string) bool {
	return name > g.after && (g.before == "" || name < g.before)
}

// has says that the gap has this parameter before a place in the signed text.
func (g gap) has(name string, place int) bool {
	at := g.start
	for _, field := range g.fields {
		if at >= place {
			return false
		}
		if field.key == name {
			return true
		}
		at += len(field.key) + len(field.value)
	}
	return false
}

// checkNames looks for parameters' names that begin in signed[from:end].
func (f Form) checkNames(signed string, from, end int, g gap) error {
	for at := from; at < end; at++ {
		if !isUpper(signed[at]) {
			continue // every known name begins with a capital
		}
		for _, r := range rulesFrom[signed[at]] {
			if !strings.HasPrefix(signed[at:], r.name) {
				continue
			}
			if r.begins != nil {
				if r.begins(signed[at+len(r.name):]) {
					return errNameInText
				}
			} else if g.sorts(r.name) && !g.has(r.name, at) {
				return errNameInText
			}
		}
	}
	return nil
}
