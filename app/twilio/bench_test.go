package twilio_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app/twilio"
)

// BenchmarkVerify is the whole cost of a webhook before the database: a text
// message as Twilio sent them in 2026, 18 parameters, 900 bytes.
func BenchmarkVerify(b *testing.B) {
	v := verifier(b)
	form := textForm("How many boxes of ABC123 do we have in Leeds?")
	body, signature := signed(form, inboundURI)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		checked, err := v.Verify(inboundURI, body, signature)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := twilio.ParseMessage(checked); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyForged is what an unsigned request costs.
func BenchmarkVerifyForged(b *testing.B) {
	v := verifier(b)
	body, _ := signed(textForm("stock"), inboundURI)
	_, other := signed(textForm("other"), inboundURI)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(inboundURI, body, other); err == nil {
			b.Fatal("a forgery passed")
		}
	}
}

// BenchmarkVerifyLongText holds the cost per byte against a text as long as the
// door lets in, full of capitals, where the search for names works hardest.
func BenchmarkVerifyLongText(b *testing.B) {
	v := verifier(b)
	text := make([]byte, 200<<10)
	for i := range text {
		text[i] = "MRSF"[i%4]
	}
	body, signature := signed(textForm(string(text)), inboundURI)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		_, err := v.Verify(inboundURI, body, signature)
		require.NoError(b, err)
	}
}
