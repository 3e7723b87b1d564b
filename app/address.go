package app

import (
	"errors"
	"regexp"
	"strings"
)

// Address is where a WhatsApp person is reached, exactly as Twilio spells it
// and as it has to be given back: "whatsapp:+447700900123", or, for a person
// who hides the number behind a user name, "whatsapp:GB.13491208655302741918"
// (a business-scoped user id: two-letter country, a dot, up to 128 letters and
// digits). Treat it as opaque; only Phone looks inside.
type Address string

const whatsappPrefix = "whatsapp:"

var (
	phonePattern  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	userIDPattern = regexp.MustCompile(`^[A-Z]{2}\.[0-9A-Za-z]{1,128}$`)

	errAddress = errors.New(`not a WhatsApp address: want "whatsapp:+" and 7 to 15 digits, or "whatsapp:CC." and a user id`)
)

// ParseAddress checks s and returns it as an Address, unchanged.
func ParseAddress(s string) (Address, error) {
	rest, ok := strings.CutPrefix(s, whatsappPrefix)
	if !ok || (!phonePattern.MatchString(rest) && !userIDPattern.MatchString(rest)) {
		return "", errAddress
	}
	return Address(s), nil
}

// AddressOfPhone is the address of a phone number in E.164 form ("+447700900123").
func AddressOfPhone(phone string) (Address, error) {
	return ParseAddress(whatsappPrefix + phone)
}

// Phone returns the E.164 number of the address; false for a user id.
func (a Address) Phone() (string, bool) {
	rest := strings.TrimPrefix(string(a), whatsappPrefix)
	return rest, strings.HasPrefix(rest, "+")
}

// IsUserID says that the address is a business-scoped user id, not a number.
func (a Address) IsUserID() bool {
	_, phone := a.Phone()
	return a != "" && !phone
}
