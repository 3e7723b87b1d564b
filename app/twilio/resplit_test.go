package twilio_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"

	"ferry/app"
	"ferry/app/twilio"
	"ferry/app/twilio/twiliotest"
)

// splittable are genuine forms of every kind, among them the texts of senders
// who prepare a forgery.
func splittable() map[string]url.Values {
	media := "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Messages/MM00112233445566778899aabbccddeeff/Media/ME00112233445566778899aabbccddeeff"
	forms := map[string]url.Values{
		"text":                     textForm("How many Coffee Mugs C12, FooBar and BigBoxes do we have? Body lotion, Label rolls, Address book"),
		"capitals":                 textForm("STOCK ABC123 DEF FROM EXETER From Body To"),
		"least":                    plainForm("stock Coffee C12 Box"),
		"button":                   with(textForm("Yes"), "MessageType", "button", "ButtonText", "Yes", "ButtonPayload", "Confirm:Box"),
		"picture":                  with(textForm("Look"), "MessageType", "image", "NumMedia", "1", "MediaUrl0", media, "MediaContentType0", "image/jpeg"),
		"location":                 with(textForm(""), "MessageType", "location", "Latitude", "51.5", "Longitude", "-0.12", "Address", "Body Shop 1", "Label", "Main Depot"),
		"user id":                  with(textForm("stock"), "From", "whatsapp:GB.1FaFrom1LabelGb2", "ExternalUserId", "whatsapp:GB.1FaFrom1LabelGb2", "WaId", ""),
		"status":                   statusForm("delivered"),
		"failure":                  with(statusForm("failed"), "ErrorCode", "63016", "ErrorMessage", "Error From Twilio", "ChannelStatusMessage", "Failed To Deliver, EventType Bad"),
		"advertisement":            with(textForm("Hi"), "ReferralBody", "Buy ReferralBoxes", "ReferralHeadline", "Now", "ReferralSourceUrl", "https://fb.me/1", "ReferralSourceId", "1"),
		"quoted":                   with(textForm("This"), "OriginalRepliedMessageSid", messageID, "OriginalRepliedMessageSender", number, "Forwarded", "true", "FrequentlyForwarded", "true"),
		"known forgery":            textForm("xExternalUserIdwhatsapp:GB.6Fromwhatsapp:+15550000666MessageSidSM66666666666666666666666666666666NumMedia0ProfileName"),
		"forgery in least":         plainForm("hiFromwhatsapp:+15550000666MessageSidSM66666666666666666666666666666666ProfileName"),
		"forged name":              with(textForm("hi"), "ProfileName", "EveSmsMessageSidSM66666666666666666666666666666666Towhatsapp:+14155238886WaId447700900123"),
		"button that names itself": with(textForm("see ButtonText, ButtonPayload"), "MessageType", "button", "ButtonText", "Yes", "ButtonPayload", "Confirm"),
		"hidden metadata":          textForm("x FlowDatay"),
		"future":                   with(textForm("hi"), "NumReactions", "3ProfileName", "Zeitgeist", "it Is"),
	}
	for name, value := range twilioNames {
		forms["text spells "+name] = textForm("hi " + name + value)
		forms["name spells "+name] = with(textForm("hi"), "ProfileName", "Eve"+name+value+"x")
	}
	return forms
}

// TestResplits makes other splits of signed forms and shows that none of them
// is accepted, though Twilio's own validator accepts them all. Where the form
// has parameters that ferry does not know, they may be cut among themselves;
// whatever ferry reads stays as it was signed.
func TestResplits(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	official := client.NewRequestValidator(token)
	for name, form := range splittable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			uri := inboundURI
			if form.Has("MessageStatus") {
				uri = statusURI
			}
			_, signature := signed(form, uri)
			tried := 0
			r := newResplitter(form, func(s split) {
				tried++
				if tried%100 == 0 {
					require.True(t, official.ValidateBody(publicURL+uri, s.body(), signature), "the split is not signed: %v", s)
				}
				if accepted, err := v.Verify(uri, s.body(), signature); err == nil {
					requireSameMessage(t, form, accepted)
					require.Contains(t, form, "Zeitgeist", "accepted: %v", s)
				}
			})
			r.merge()
			r.mix(300)
			if !strings.Contains(name, "spells") {
				r.move()
				r.cut()
				r.mix(3000)
			}
			require.Greater(t, tried, 50)
		})
	}
}

// requireSameMessage holds what ferry reads of an accepted form against the
// genuine one.
func requireSameMessage(t *testing.T, genuine url.Values, accepted twilio.Form) {
	t.Helper()
	for name := range twilioNames {
		if genuine.Get(name) != accepted.Get(name) || genuine.Has(name) != accepted.Has(name) {
			require.Equal(t, genuine.Get(name), accepted.Get(name), name)
			require.Equal(t, genuine.Has(name), accepted.Has(name), name)
		}
	}
}

// TestResplitURL moves the border between the URL and the parameters.
func TestResplitURL(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	for _, uri := range []string{inboundURI, statusURI, inboundURI + "?tenant=ACME"} {
		form := textForm("stock AccountSid" + account + "Body")
		if uri == statusURI {
			form = statusForm("sent")
		}
		genuine := splitOf(form)
		text := uri + genuine.text()
		_, signature := signed(form, uri)
		for border := 1; border < len(text); border++ {
			if border == len(uri) {
				continue
			}
			var rest split
			at := len(uri)
			for _, f := range genuine {
				start, end := max(at, border), at+len(f[0])+len(f[1])
				if start < end {
					rest = append(rest, [2]string{text[start:max(start, at+len(f[0]))], text[max(start, at+len(f[0])):end]})
				}
				at = end
			}
			if border < len(uri) {
				rest[0][0] = text[border:len(uri)] + rest[0][0]
			}
			_, err := v.Verify(text[:border], rest.body(), signature)
			require.Error(t, err, "%q", text[:border])
		}
	}
}

// TestSwallowedParameters gives the URL a query that is in truth a message: a
// person wrote the rest of it as his text, with parameters of his own.
func TestSwallowedParameters(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	forged := url.Values{
		"AccountSid": {account}, "From": {"whatsapp:+15550000666"}, "MessageSid": {"SM66666666666666666666666666666666"}, "To": {number},
	}
	genuine := url.Values{"AccountSid": {account}, "Body": {"hi" + splitOf(forged).text()}}
	uri := inboundURI + "?tenant=1"
	signature := twiliotest.Sign(token, publicURL+uri, genuine)
	swallowing := uri + "AccountSid" + account + "Bodyhi"
	require.Equal(t, twiliotest.Sign(token, publicURL+swallowing, forged), signature)
	_, err := v.Verify(swallowing, []byte(forged.Encode()), signature)
	require.Equal(t, app.Forbidden, app.KindOf(err))
}

// TestWhatSpellingCanDo pins the one thing that the check cannot tell: on an
// account whose webhooks lack a parameter, a person who spells it out in his
// own text gets the cut form accepted, and nothing but his own text changes.
func TestWhatSpellingCanDo(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	for name, value := range twilioNames {
		form := plainForm("hi" + name + value)
		_, signature := signed(form, inboundURI)
		r := newResplitter(form, func(s split) {
			accepted, err := v.Verify(inboundURI, s.body(), signature)
			if err != nil {
				return
			}
			require.Equal(t, "hi", accepted.Get("Body"))
			for _, key := range []string{"AccountSid", "From", "MessageSid", "NumMedia", "ProfileName", "To", "WaId"} {
				require.Equal(t, form.Get(key), accepted.Get(key), "%s: %v", key, s)
			}
			_, err = v.Verify(inboundURI, []byte(form.Encode()), signature)
			require.Error(t, err, "two readings of one text: %v", s)
		})
		r.merge()
		r.mix(200)
	}
}

// TestMutations changes genuine requests at random and accepts nothing that an
// independent check refuses: signed as Twilio's validator says, each name once,
// and what ferry reads as it was sent.
func TestMutations(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	official := client.NewRequestValidator(token)
	random := rand.New(rand.NewPCG(7, 8))
	all := splittable()
	names := slices.Sorted(maps.Keys(all))
	accepted := 0
	for range 10000 {
		form := all[names[random.IntN(len(names))]]
		uri := inboundURI
		if form.Has("MessageStatus") {
			uri = statusURI
		}
		body, signature := signed(form, uri)
		body = mutate(random, body)
		got, err := v.Verify(uri, body, signature)
		if err != nil {
			continue
		}
		accepted++
		require.True(t, official.ValidateBody(publicURL+uri, body, signature), "%s", body)
		given := map[string]bool{}
		for _, part := range strings.Split(string(body), "&") {
			name, _, _ := strings.Cut(part, "=")
			require.False(t, given[name], "%s twice in %s", name, body)
			given[name] = true
		}
		requireSameMessage(t, form, got)
	}
	require.Positive(t, accepted, "harmless mutations, such as another order, should pass")
}

// mutate changes a form's bytes: a bit, a piece, the order, the spelling.
func mutate(random *rand.Rand, body []byte) []byte {
	parts := strings.Split(string(body), "&")
	i, j := random.IntN(len(parts)), random.IntN(len(parts))
	switch random.IntN(7) {
	case 0:
		random.Shuffle(len(parts), func(a, b int) { parts[a], parts[b] = parts[b], parts[a] })
	case 1:
		parts = append(parts, parts[i])
	case 2:
		parts = slices.Delete(parts, i, i+1)
	case 3:
		parts[i], parts[j] = parts[i]+parts[j], ""
	case 4:
		parts[i] = strings.ReplaceAll(parts[i], "+", "%20")
	case 5:
		changed := []byte(strings.Join(parts, "&"))
		changed[random.IntN(len(changed))] ^= 1 << random.IntN(8)
		return changed
	default:
		at := random.IntN(len(parts[i]) + 1)
		parts[i] = parts[i][:at] + "&" + parts[i][at:]
	}
	return []byte(strings.Join(parts, "&"))
}

// TestSpelling shows what people may write after all.
func TestSpelling(t *testing.T) {
	t.Parallel()
	v := verifier(t)
	for text, want := range map[string]app.Kind{
		"Body lotion":                            "",
		"the Address is Label 5, To: Bob":        "",
		"From whatsapp: it came":                 "",
		"MessageSid SM0011":                      "",
		"MessageSidSM0011":                       app.Invalid,
		"see MessageSid":                         "",
		"ErrorCode 404":                          "",
		"Fromwhatsapp:+1":                        app.Invalid,
		"ProfileName Username ReferralBody":      "",
		"my ButtonPayload is broken":             app.Invalid,
		"ChannelMetadata{":                       app.Invalid,
		"ChannelMetadata is a word to integrate": "",
	} {
		form := textForm(text)
		body, signature := signed(form, inboundURI)
		_, err := v.Verify(inboundURI, body, signature)
		require.Equal(t, want, app.KindOf(err), text)
	}
	require.NotEmpty(t, twiliotest.Sign(token, "", nil))
}
