package twilio

import (
	"slices"
	"time"
)

// Class says what to do about a message that did not go out.
type Class string

// The classes. The zero Class never occurs in a SendError.
const (
	ClassRetry         Class = "retry"         // certainly not accepted: send again after a while
	ClassWait          Class = "wait"          // a limit was reached: send again after RetryAfter
	ClassTemplate      Class = "template"      // outside the 24-hour window: only a template may go out
	ClassOptedOut      Class = "opted_out"     // the person does not want messages, or blocked us
	ClassPermanent     Class = "permanent"     // this message will never go out
	ClassConfiguration Class = "configuration" // no message goes out until an operator mends the set-up
	ClassUncertain     Class = "uncertain"     // it may have gone out: look before sending again
	ClassBug           Class = "bug"           // ferry made a request that Twilio cannot accept
)

// Code is one of Twilio's error codes and ferry's treatment of it.
type Code struct {
	Code    int
	Class   Class
	Wait    time.Duration // least pause before the next try; 0 leaves it to the caller's backoff
	Alarm   bool          // an operator should hear of it
	Meaning string        // ferry's own words: Twilio's text may hold a phone number
}

// codes is sorted by number. Twilio adds codes freely and asks nobody to rely
// on them, so the table is data: a code that is not listed is treated by its
// HTTP status alone. Codes that only warn (63037: Twilio is repeating a media
// upload by itself) are left out on purpose.
//
// Sources: twilio.com/docs/api/errors; 2xxxx arrive in the answer to a request,
// 30xxx and 63xxx mostly later, with a status callback.
var codes = []Code{
	{10001, ClassConfiguration, 0, true, "the account is not active"},
	{11751, ClassPermanent, 0, false, "the media file is too large"},
	{14107, ClassWait, time.Minute, true, "too many replies to one number in a row"},
	{14109, ClassBug, 0, true, "too many replies to one message"},
	{20003, ClassConfiguration, 0, true, "the credentials were refused"},
	{20005, ClassConfiguration, 0, true, "the account is not active"},
	{20404, ClassConfiguration, 0, true, "the account or the resource does not exist"},
	{20429, ClassWait, time.Second, false, "too many requests at the same time"},
	{20500, ClassUncertain, 0, false, "an internal error at Twilio"},
	{20503, ClassUncertain, 0, false, "the service was not available"},
	{21211, ClassPermanent, 0, false, "the recipient's address is not valid"},
	{21212, ClassConfiguration, 0, true, "the sender's address is not valid"},
	{21222, ClassConfiguration, 0, true, "the account SID holds characters that are not allowed"},
	{21224, ClassConfiguration, 0, true, "the auth token holds characters that are not allowed"},
	{21602, ClassBug, 0, true, "the message has no body"},
	{21603, ClassConfiguration, 0, true, "the message has no sender"},
	{21604, ClassPermanent, 0, false, "the message has no recipient"},
	{21606, ClassConfiguration, 0, true, "the sender is not one of the account's"},
	{21608, ClassConfiguration, 0, true, "a trial account may write to verified numbers only"},
	{21609, ClassBug, 0, true, "the status callback is not a valid URL"},
	{21610, ClassOptedOut, 0, false, "the recipient has opted out"},
	{21611, ClassWait, 5 * time.Minute, true, "the sender's queue is full"},
	{21614, ClassPermanent, 0, false, "the recipient's number cannot receive messages"},
	{21617, ClassBug, 0, true, "the body is longer than 1600 characters"},
	{21620, ClassBug, 0, true, "the media URL is not valid"},
	{21623, ClassBug, 0, true, "too many media files"},
	{21654, ClassBug, 0, true, "content variables without a template"},
	{21655, ClassBug, 0, true, "the template's SID is not valid"},
	{21656, ClassBug, 0, true, "the content variables are not valid"},
	{21658, ClassBug, 0, true, "a content variable is not valid"},
	{21701, ClassConfiguration, 0, true, "the messaging service does not exist"},
	{30001, ClassWait, 5 * time.Minute, true, "the sender's queue overflowed"},
	{30002, ClassConfiguration, 0, true, "the account is suspended"},
	{30003, ClassPermanent, 0, false, "the recipient cannot be reached"},
	{30004, ClassPermanent, 0, true, "the message was blocked"},
	{30005, ClassPermanent, 0, false, "the recipient is unknown"},
	{30006, ClassPermanent, 0, false, "the recipient's number is a landline or cannot be reached"},
	{30007, ClassPermanent, 0, true, "the message was filtered"},
	{30008, ClassRetry, time.Minute, false, "delivery failed for an unknown reason"},
	{30036, ClassPermanent, 0, false, "the message became too old in the queue"},
	{30410, ClassUncertain, time.Minute, false, "the provider did not answer in time"},
	{63001, ClassConfiguration, 0, true, "the channel did not accept its credentials"},
	{63002, ClassConfiguration, 0, true, "the sender has no WhatsApp channel"},
	{63003, ClassPermanent, 0, false, "the recipient is not on WhatsApp"},
	{63005, ClassBug, 0, true, "the channel did not accept the content"},
	{63006, ClassBug, 0, true, "the message could not be formatted for the channel"},
	{63007, ClassConfiguration, 0, true, "the sender has no WhatsApp channel"},
	{63008, ClassConfiguration, 0, true, "the channel is set up wrongly"},
	{63009, ClassRetry, time.Minute, false, "the channel provider answered with an error"},
	{63010, ClassRetry, time.Minute, false, "an internal error at Twilio"},
	{63011, ClassRetry, time.Minute, false, "the request to the channel provider was not valid"},
	{63012, ClassRetry, time.Minute, false, "the channel provider had an internal error"},
	{63013, ClassPermanent, 0, true, "the message violates a policy of the channel"},
	{63014, ClassOptedOut, 0, false, "the recipient has blocked the sender"},
	{63015, ClassConfiguration, 0, false, "the recipient has not joined the sandbox"},
	{63016, ClassTemplate, 0, false, "the 24-hour window is closed"},
	{63017, ClassWait, time.Second, true, "the account sends too fast"},
	{63018, ClassWait, 30 * time.Second, true, "the sender's rate or daily limit is reached"},
	{63019, ClassPermanent, 0, false, "the media file could not be fetched"},
	{63020, ClassConfiguration, 0, true, "the invitation of the Meta Business Manager is not accepted"},
	{63021, ClassBug, 0, true, "the content is not valid for the channel"},
	{63023, ClassRetry, time.Minute, false, "a generic error of the channel"},
	{63024, ClassPermanent, 0, false, "the recipient cannot receive this message"},
	{63027, ClassBug, 0, true, "the template does not exist in this language"},
	{63028, ClassBug, 0, true, "the number of variables does not fit the template"},
	{63030, ClassBug, 0, true, "a parameter of the request is not supported"},
	{63032, ClassPermanent, 0, false, "the recipient is part of a WhatsApp experiment"},
	{63033, ClassOptedOut, 0, false, "the recipient has blocked the sender"},
	{63034, ClassPermanent, 0, false, "the media file is larger than allowed"},
	{63035, ClassPermanent, 0, true, "the message needs an RCS sender"},
	{63036, ClassPermanent, 0, true, "the recipient's device cannot receive RCS"},
	{63038, ClassWait, time.Hour, true, "the account's daily limit is reached"},
	{63040, ClassConfiguration, 0, true, "the template was rejected"},
	{63041, ClassConfiguration, 0, true, "the template is paused"},
	{63042, ClassConfiguration, 0, true, "the template is disabled"},
	{63049, ClassPermanent, 0, false, "Meta withheld a marketing message"},
	{63051, ClassConfiguration, 0, true, "the WhatsApp account or the sender is locked"},
}

// LookupCode finds the treatment of an error code; false for a code that ferry
// does not know.
func LookupCode(code int) (Code, bool) {
	i, ok := slices.BinarySearchFunc(codes, code, func(c Code, n int) int { return c.Code - n })
	if !ok {
		return Code{}, false
	}
	return codes[i], true
}

// ClassOfFailure is the class of a message that Twilio accepted and that
// failed later with an error code, as a status callback or the message list
// tells it. Sending again is then a new message, so an unknown code is
// permanent.
func ClassOfFailure(code int) Class {
	if c, ok := LookupCode(code); ok {
		return c.Class
	}
	return ClassPermanent
}
