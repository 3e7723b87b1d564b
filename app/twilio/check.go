package twilio

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// rules finds the rule of each parameter, nil for an unknown one.
func (f Form) rules(into []*rule) []*rule {
	into = into[:0]
	for i := range f.fields {
		into = append(into, ruleOf[f.fields[i].key])
	}
	return into
}

func errMissing(key string) error { return fmt.Errorf("the parameter %s is missing", key) }

func errValue(key string) error {
	return fmt.Errorf("the parameter %s has a value that Twilio does not write", key)
}

var (
	errUnknownValue = errors.New("an unknown parameter is too long or holds control characters")
	errSIDs         = errors.New("MessageSid, SmsMessageSid and SmsSid do not agree")
	errWaID         = errors.New("WaId and From do not agree")
	errUserID       = errors.New("ExternalUserId and From do not agree")
	errMedia        = errors.New("NumMedia and the media parameters do not agree")
	errReferral     = errors.New("the parameters of an advertisement do not agree")
	errType         = errors.New("MessageType and the other parameters do not agree")
)

// check holds each parameter against its rule, and those that say the same
// thing against each other.
func (f Form) check(rules []*rule) error {
	for i, r := range rules {
		value := f.fields[i].value
		switch {
		case r == nil && !isUnknownValue(value):
			return errUnknownValue
		case r != nil && r.valid != nil && !r.valid(value):
			return errValue(f.fields[i].key)
		}
	}
	required := []string{"MessageSid", "From", "To"}
	if f.Has("MessageStatus") {
		// A service that has not picked a sender yet names none.
		required = required[:1]
	}
	for _, key := range required {
		if !f.Has(key) {
			return errMissing(key)
		}
	}
	sid := f.Get("MessageSid")
	for _, key := range []string{"SmsMessageSid", "SmsSid"} {
		if same := f.Get(key); same != "" && same != sid {
			return errSIDs
		}
	}
	if err := f.checkSender(); err != nil {
		return err
	}
	if err := f.checkMedia(); err != nil {
		return err
	}
	if err := f.checkType(); err != nil {
		return err
	}
	return f.checkReferral()
}

// checkSender holds WaId and ExternalUserId against From. A status callback
// has our own number there, and no WaId.
func (f Form) checkSender() error {
	from := strings.TrimPrefix(f.Get("From"), "whatsapp:")
	if waID := f.Get("WaId"); waID != "" && !samePerson(from, waID) {
		return errWaID
	}
	if id := f.Get("ExternalUserId"); id != "" && isUserID(from) && id != "whatsapp:"+from {
		return errUserID
	}
	return nil
}

// samePerson compares a sender with WhatsApp's id of him. Three countries
// changed their mobile numbers, and WhatsApp knows many people there by the old
// or the new number only: Mexico (+52 1…), Argentina (+54 9…) and Brazil (a 9
// after the area code).
func samePerson(from, waID string) bool {
	digits, phone := strings.CutPrefix(from, "+")
	if digits == waID {
		return true
	}
	if !phone {
		// A person without a number may have either kind of id.
		return isDigits(waID)
	}
	long, short := digits, waID
	if len(long) < len(short) {
		long, short = short, long
	}
	for _, change := range []struct {
		country string
		digit   byte
		at      int
	}{{"52", '1', 2}, {"54", '9', 2}, {"55", '9', 4}} {
		if strings.HasPrefix(long, change.country) && len(long) == len(short)+1 && len(short) > change.at &&
			long[change.at] == change.digit && long[:change.at]+long[change.at+1:] == short {
			return true
		}
	}
	return false
}

// checkMedia refuses files beyond NumMedia.
func (f Form) checkMedia() error {
	count := 0
	if n := f.Get("NumMedia"); n == "10" {
		count = 10
	} else if n != "" {
		count = int(n[0] - '0')
	}
	for i := range f.fields {
		key := f.fields[i].key
		if n, ok := mediaIndex(key); ok && n >= count {
			return errMedia
		}
	}
	return nil
}

// mediaIndex takes the number of a file from a parameter's name.
func mediaIndex(key string) (int, bool) {
	for i := range numbered {
		stem := numbered[i].name
		if len(key) == len(stem)+1 && key[:len(stem)] == stem && isDigit(key[len(stem)]) {
			return int(key[len(stem)] - '0'), true
		}
	}
	return 0, false
}

// checkType refuses, in a message of a known type, what Twilio adds only to
// tapped buttons or to status callbacks: their names sort next to Body, which a
// person writes. Unknown types pass, because Twilio adds some, and so do forms
// without a type, which accounts of before 2023 still get.
func (f Form) checkType() error {
	foreign := ofCallbacks
	switch f.Get("MessageType") {
	case "":
		return nil
	case "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction":
		foreign = ofButtonsAndCallbacks
	}
	for i := range f.fields {
		if slices.Contains(foreign, f.fields[i].key) {
			return errType
		}
	}
	return nil
}

var (
	ofButtonsAndCallbacks = []string{
		"ButtonPayload", "ButtonText", "ButtonType", "FlowData", "InteractiveData", "ListId", "ListTitle",
		"ChannelInstallSid", "ChannelPrefix", "ChannelStatusMessage", "ChannelToAddress", "EventType",
	}
	ofCallbacks = ofButtonsAndCallbacks[7:]
)

// checkReferral refuses the words of an advertisement without their source,
// which WhatsApp always names. The words sort next to ProfileName, which a
// person chooses; the source does not.
func (f Form) checkReferral() error {
	if f.Has("ReferralSourceId") || f.Has("ReferralSourceUrl") || f.Has("ReferralSourceType") {
		return nil
	}
	for i := range f.fields {
		if key := f.fields[i].key; strings.HasPrefix(key, "Referral") && key != "ReferralNumMedia" && ruleOf[key] != nil {
			return errReferral
		}
	}
	return nil
}
