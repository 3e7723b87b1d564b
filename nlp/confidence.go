package nlp

import "math"

// Confidence is a plain scale, not a probability yet:
//
//	0.95  a whole command ("stock ABC123")
//	0.85  the usual way to say it, inside a longer text
//	0.65  words with other uses too
//	-0.05 for each word that nothing explains, at most five of them
//	-0.10 when a command word was misspelt
//	0.90  a bare text that is exactly a product's code or name (Settle)
//	0     Unknown
//
// The result is never under 0.4 for an intent that was recognised.
const (
	confidenceStrong   = 0.95
	confidencePlain    = 0.85
	confidenceWeak     = 0.65
	confidenceBare     = 0.90
	confidenceLeast    = 0.40
	costLeftover       = 0.05
	costSlip           = 0.10
	maxCountedLeftover = 5
)

func confidence(s strength, leftover, slips int) float64 {
	c := confidenceWeak
	switch s {
	case strong:
		c = confidenceStrong
	case plain:
		c = confidencePlain
	case weak:
	}
	c -= costLeftover * float64(min(leftover, maxCountedLeftover))
	if slips > 0 {
		c -= costSlip
	}
	return math.Round(100*max(c, confidenceLeast)) / 100
}
