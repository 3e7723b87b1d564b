package twilio_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
)

// twilioNames are parameters that a forger would try, with a value for each.
var twilioNames = map[string]string{
	"AccountSid": account, "Address": "1 High St", "ApiVersion": "2010-04-01", "Body": "hi", "ButtonPayload": "confirm:1",
	"ButtonText": "Yes", "ButtonType": "REPLY", "ChannelInstallSid": "XE00112233445566778899aabbccddeeff",
	"ChannelMetadata": `{"type":"whatsapp"}`, "ChannelPrefix": "whatsapp", "ChannelStatusMessage": "late",
	"ChannelToAddress": "+4477XXXX", "ErrorCode": "63016", "ErrorMessage": "oh", "ErrorUrl": "https://x.example.com", "EventType": "READ",
	"ExternalUserId": "whatsapp:GB.666", "FlowData": "{}", "Forwarded": "true", "FrequentlyForwarded": "true",
	"From": "whatsapp:+15550000666", "FromCity": "York", "InteractiveData": "{}", "Label": "Depot", "Latitude": "51.5", "ListId": "1",
	"Longitude": "-0.12", "MediaContentType0": "image/png", "MediaUrl0": "https://x.example.com/a", "MessageSid": "SM66666666666666666666666666666666",
	"MessageStatus": "delivered", "MessageType": "button", "MessagingServiceSid": service, "NumMedia": "1", "NumSegments": "2",
	"OptOutType": "STOP", "OriginalRepliedMessageSender": number, "OriginalRepliedMessageSid": messageID,
	"ParentExternalUserId": "whatsapp:GB.667", "ProfileName": "Eve", "ReferralBody": "Buy", "ReferralNumMedia": "1",
	"ReferralSourceUrl": "https://x.example.com", "SmsMessageSid": "SM66666666666666666666666666666666",
	"SmsSid": "SM66666666666666666666666666666666", "SmsStatus": "received", "StructuredMessage": "true",
	"To": number, "ToCity": "Hull", "Username": "eve", "WaId": "15550000666",
}

// split is one way to cut a signed text into parameters, in the order of the
// text.
type split [][2]string

func splitOf(form url.Values) split {
	var s split
	for _, key := range slices.Sorted(maps.Keys(form)) {
		s = append(s, [2]string{key, form.Get(key)})
	}
	return s
}

func (s split) text() string {
	var b strings.Builder
	for _, f := range s {
		b.WriteString(f[0] + f[1])
	}
	return b.String()
}

func (s split) body() []byte {
	parts := make([]string, len(s))
	for i, f := range s {
		parts[i] = url.QueryEscape(f[0]) + "=" + url.QueryEscape(f[1])
	}
	return []byte(strings.Join(parts, "&"))
}

// mark is a name in the text: where it begins and ends.
type mark struct{ start, end int }

// signs says that names at the marks cut a text into parameters which, sorted
// as a validator sorts them, stay in this order: only then is the split signed
// by the same signature.
func signs(text string, marks []mark) bool {
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1].start
		}
		if m.end > end || m.end <= m.start || (i == 0 && m.start != 0) {
			return false
		}
		if i > 0 && text[marks[i-1].start:marks[i-1].end] >= text[m.start:m.end] {
			return false
		}
	}
	return true
}

func cutAt(text string, marks []mark) split {
	s := make(split, len(marks))
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1].start
		}
		s[i] = [2]string{text[m.start:m.end], text[m.end:end]}
	}
	return s
}

// resplitter makes other splits of one form's signed text.
type resplitter struct {
	text    string
	marks   []mark // the names of the genuine split
	spelled []mark // every known name in the text
	random  *rand.Rand
	seen    map[uint64]bool
	try     func(split)
}

func newResplitter(form url.Values, try func(split)) *resplitter {
	genuine := splitOf(form)
	r := &resplitter{
		text: genuine.text(), random: rand.New(rand.NewPCG(3, 4)),
		seen: map[uint64]bool{}, try: try,
	}
	at := 0
	for _, f := range genuine {
		r.marks = append(r.marks, mark{at, at + len(f[0])})
		at += len(f[0]) + len(f[1])
	}
	r.spelled = spelledNames(r.text)
	return r
}

func (r *resplitter) attempt(marks []mark) {
	if !signs(r.text, marks) || slices.Equal(marks, r.marks) {
		return
	}
	id := uint64(14695981039346656037)
	for _, m := range marks {
		id = (id ^ uint64(m.start<<16|m.end)) * 1099511628211
	}
	if !r.seen[id] {
		r.seen[id] = true
		r.try(cutAt(r.text, marks))
	}
}

// move moves one boundary: between a name and its value, or before a name.
func (r *resplitter) move() {
	for i := range r.marks {
		for at := range len(r.text) {
			moved := slices.Clone(r.marks)
			moved[i].end = at
			r.attempt(moved)
			moved[i] = mark{at, r.marks[i].end}
			r.attempt(moved)
			moved[i] = mark{at, at + r.marks[i].end - r.marks[i].start}
			r.attempt(moved)
		}
	}
}

// cut makes a new name of every place, up to 30 letters long.
func (r *resplitter) cut() {
	for start := range len(r.text) {
		for end := start + 1; end <= min(len(r.text), start+30); end++ {
			r.attempt(insert(r.marks, mark{start, end}))
		}
	}
}

// merge makes every run of parameters text, alone and together with one of the
// spelled names made a parameter.
func (r *resplitter) merge() {
	for i := range r.marks {
		for j := i; j <= len(r.marks); j++ {
			rest := slices.Concat(r.marks[:i], r.marks[j:])
			r.attempt(rest)
			for _, m := range r.spelled {
				r.attempt(insert(rest, m))
			}
		}
	}
}

// mix takes any choice of the spelled names, and a few names at random.
func (r *resplitter) mix(rounds int) {
	for range rounds {
		var chosen []mark
		for _, m := range r.spelled {
			if r.random.IntN(8) > 0 {
				chosen = insert(chosen, m)
			}
		}
		for range r.random.IntN(3) {
			start := r.random.IntN(len(r.text))
			chosen = insert(chosen, mark{start, start + 1 + r.random.IntN(12)})
		}
		r.attempt(chosen)
	}
}

// insert adds a mark in the order of the text and drops those that it overlaps.
func insert(marks []mark, m mark) []mark {
	out := make([]mark, 0, len(marks)+1)
	added := false
	for _, old := range marks {
		if old.start >= m.start && !added {
			out, added = append(out, m), true
		}
		if old.end <= m.start || old.start >= m.end {
			out = append(out, old)
		}
	}
	if !added {
		out = append(out, m)
	}
	return out
}

// spelledNames finds every known name in a text.
func spelledNames(text string) []mark {
	var marks []mark
	for name := range twilioNames {
		for at := 0; ; at++ {
			i := strings.Index(text[at:], name)
			if i < 0 {
				break
			}
			at += i
			marks = append(marks, mark{at, at + len(name)})
		}
	}
	slices.SortFunc(marks, func(a, b mark) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.end - b.end
	})
	return marks
}
