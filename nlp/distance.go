package nlp

import "math/bits"

// maxWordLength is the longest word, in bytes or runes, that typos are looked
// for in.
const maxWordLength = 32

// distance is the Damerau-Levenshtein distance of two words in its optimal
// string alignment form: letters added, lost, changed, or swapped with their
// neighbour. Anything over limit, or a word over maxWordLength, is limit+1.
func distance[T byte | rune](a, b []T, limit int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a)-len(b) > limit, len(b)-len(a) > limit, len(a) > maxWordLength, len(b) > maxWordLength:
		return limit + 1
	case len(a) == 0 || len(b) == 0:
		return min(len(a)+len(b), limit+1)
	}
	var rows [3][maxWordLength + 1]int
	before, last, this := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			this[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, this = last, this, before
	}
	return min(last[len(b)], limit+1)
}

// letters is the set of letters of a word in 64 bits. Each edit changes at
// most two of them, so words whose sets differ in more than 2·limit bits are
// further apart than limit.
func letters(word string) uint64 {
	var set uint64
	for _, r := range word {
		switch {
		case 'a' <= r && r <= 'z':
			set |= 1 << (r - 'a')
		case '0' <= r && r <= '9':
			set |= 1 << (26 + r - '0')
		default:
			set |= 1 << (36 + uint32(r)%28) //nolint:gosec // runes of a string are not negative
		}
	}
	return set
}

// tooFar says that words with these letters are more than limit edits apart.
func tooFar(a, b uint64, limit int) bool { return bits.OnesCount64(a^b) > 2*limit }

// slipsAllowed is how many typos a word of n bytes may have: none in short
// words, where one makes another word, and at most two.
func slipsAllowed(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}
