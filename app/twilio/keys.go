package twilio

import "strings"

// rule is what ferry knows of one of Twilio's parameters.
type rule struct {
	name string
	// valid accepts the values that Twilio writes; nil accepts any text.
	valid func(value string) bool
	// begins says that text which follows the name could begin a value. A
	// parameter with begins is an anchor: resplit.go pins it to its place. nil
	// is for free text, which anything could begin.
	begins func(text string) bool
	// ends says that no letter c, put behind the value, could continue it, so
	// that the value's end is certain in the signed text; nil: never certain.
	ends func(value string, c byte) bool
	// detail says that ParseMessage keeps the value in Message.Details.
	detail bool
}

// numbered are the parameters of which there is one for each file, 0 to 9.
var numbered = []rule{
	{name: "MediaContentType", valid: isMediaType, begins: startsLower, detail: true},
	{name: "MediaUrl", valid: isWebAddress, begins: startsHTTP, detail: true},
}

// plain are the other parameters of Twilio's message webhooks and status
// callbacks: twilio.com/docs/messaging/guides/webhook-request, .../docs/
// whatsapp/key-concepts, and payloads captured in 2026. To teach ferry a
// parameter that Twilio has added, add a line; until then it is accepted
// wherever resplit.go can tell that it is a parameter.
var plain = []rule{
	{name: "AccountSid", valid: sidOf("AC"), begins: startsWith("AC"), ends: certain},
	{name: "Address", detail: true},
	{name: "ApiVersion", valid: isDate, begins: startsDigit, ends: certain},
	{name: "Body"},
	{name: "ButtonPayload", detail: true},
	{name: "ButtonText", detail: true},
	{name: "ButtonType", detail: true},
	{name: "ChannelInstallSid", valid: sidOf("XE"), begins: startsWith("XE"), ends: certain},
	{name: "ChannelMetadata", valid: isObject, begins: startsWith("{"), ends: certain},
	{name: "ChannelPrefix", valid: isWord, begins: startsLower, ends: beforeUpper},
	{name: "ChannelStatusMessage"},
	{name: "ChannelToAddress"},
	{name: "ErrorCode", valid: isDigits, begins: startsDigit, ends: certain},
	{name: "ErrorMessage"},
	{name: "ErrorUrl", valid: isWebAddress, begins: startsHTTP},
	{name: "EventType", valid: isCapitals, begins: startsUpper},
	{name: "ExternalUserId", valid: isAddress, begins: startsWith("whatsapp:"), ends: afterPhone},
	{name: "FlowData", detail: true},
	{name: "Forwarded", valid: isBool, begins: startsBool, ends: certain, detail: true},
	{name: "FrequentlyForwarded", valid: isBool, begins: startsBool, ends: certain, detail: true},
	{name: "From", valid: isAddress, begins: startsWith("whatsapp:"), ends: afterPhone},
	{name: "FromCity"},
	{name: "FromCountry"},
	{name: "FromState"},
	{name: "FromZip"},
	{name: "InteractiveData", detail: true},
	{name: "Label", detail: true},
	{name: "Latitude", valid: isDegrees, begins: startsDegrees, ends: certain, detail: true},
	{name: "ListId", detail: true},
	{name: "ListTitle", detail: true},
	{name: "Longitude", valid: isDegrees, begins: startsDegrees, ends: certain, detail: true},
	{name: "MessageSid", valid: isMessageSID, begins: startsMessageSID, ends: certain},
	{name: "MessageStatus", valid: isWord, begins: startsLower, ends: beforeUpper},
	{name: "MessageType", valid: isWord, begins: startsLower, ends: beforeUpper, detail: true},
	{name: "MessagingServiceSid", valid: sidOf("MG"), begins: startsWith("MG"), ends: certain, detail: true},
	{name: "NumMedia", valid: isMediaCount, begins: startsDigit, ends: certain},
	{name: "NumSegments", valid: isDigits, begins: startsDigit, ends: certain},
	{name: "OptOutType", valid: isCapitals, begins: startsUpper, detail: true},
	{name: "OriginalRepliedMessageSender", valid: isAddress, begins: startsWith("whatsapp:"), ends: afterPhone, detail: true},
	{name: "OriginalRepliedMessageSid", valid: isMessageSID, begins: startsMessageSID, ends: certain, detail: true},
	{name: "ParentExternalUserId", valid: isAddress, begins: startsWith("whatsapp:"), ends: afterPhone, detail: true},
	{name: "ProfileName"},
	{name: "ReferralBody", detail: true},
	{name: "ReferralCtwaClid", detail: true},
	{name: "ReferralHeadline", detail: true},
	{name: "ReferralMediaContentType", detail: true},
	{name: "ReferralMediaId", detail: true},
	{name: "ReferralMediaUrl", detail: true},
	{name: "ReferralNumMedia", valid: isDigits, begins: startsDigit, ends: certain},
	{name: "ReferralSourceId", detail: true},
	{name: "ReferralSourceType", detail: true},
	{name: "ReferralSourceUrl", detail: true},
	{name: "SmsMessageSid", valid: isMessageSID, begins: startsMessageSID, ends: certain},
	{name: "SmsSid", valid: isMessageSID, begins: startsMessageSID, ends: certain},
	{name: "SmsStatus", valid: isWord, begins: startsLower, ends: beforeUpper},
	{name: "StructuredMessage", valid: isBool, begins: startsBool, ends: certain},
	{name: "To", valid: isAddress, begins: startsWith("whatsapp:"), ends: afterPhone},
	{name: "ToCity"},
	{name: "ToCountry"},
	{name: "ToState"},
	{name: "ToZip"},
	{name: "Username", detail: true},
	{name: "WaId", valid: isWaID, begins: startsWaID, ends: afterDigits},
}

// ruleOf finds the rule of each parameter by its whole name.
var ruleOf = rulesByName()

func rulesByName() map[string]*rule {
	byName := make(map[string]*rule, len(plain)+10*len(numbered))
	for i := range plain {
		byName[plain[i].name] = &plain[i]
	}
	for i := range numbered {
		for n := '0'; n <= '9'; n++ {
			byName[numbered[i].name+string(n)] = &numbered[i]
		}
	}
	return byName
}

// rulesFrom lists the rules by the first letter of their names, so that the
// search for names in the signed text looks at few of them.
var rulesFrom = rulesByLetter()

func rulesByLetter() (byLetter [256][]*rule) {
	for i := range plain {
		first := plain[i].name[0]
		byLetter[first] = append(byLetter[first], &plain[i])
	}
	for i := range numbered {
		first := numbered[i].name[0]
		// The digit is part of the name, which the table leaves out.
		byLetter[first] = append(byLetter[first], &rule{
			name:   numbered[i].name,
			begins: afterDigit(numbered[i].begins),
		})
	}
	return byLetter
}

func afterDigit(begins func(string) bool) func(string) bool {
	return func(text string) bool { return text != "" && isDigit(text[0]) && begins(text[1:]) }
}

// The ends of values.

func certain(string, byte) bool { return true }

func beforeUpper(_ string, c byte) bool { return isUpper(c) }

// afterPhone: a number ends before any letter, a user id could go on.
func afterPhone(value string, _ byte) bool { return !isUserID(strings.TrimPrefix(value, "whatsapp:")) }

func afterDigits(value string, _ byte) bool { return isDigits(value) }

// The beginnings of values. They accept more than the values themselves: what
// only begins like a value is refused as well, and costs nobody anything,
// because people do not write a parameter's name and a value in one word.

func startsWith(prefix string) func(string) bool {
	return func(text string) bool { return strings.HasPrefix(text, prefix) }
}

func startsHTTP(text string) bool  { return strings.HasPrefix(text, "http") }
func startsDigit(text string) bool { return text != "" && isDigit(text[0]) }
func startsUpper(text string) bool { return text != "" && isUpper(text[0]) }
func startsLower(text string) bool { return text != "" && isLower(text[0]) }

func startsBool(text string) bool {
	return strings.HasPrefix(text, "true") || strings.HasPrefix(text, "false")
}

func startsDegrees(text string) bool {
	return startsDigit(strings.TrimPrefix(text, "-"))
}

func startsMessageSID(text string) bool {
	return len(text) > 2 && (text[:2] == "SM" || text[:2] == "MM") && isHex(text[2])
}

// startsWaID accepts the end of the text too: WaId is the last parameter, and
// may be empty.
func startsWaID(text string) bool {
	return text == "" || startsDigit(text) || (len(text) > 2 && isUpper(text[0]) && isUpper(text[1]) && text[2] == '.')
}
