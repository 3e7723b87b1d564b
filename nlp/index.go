package nlp

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
)

// keyIndex finds rows by a whole key. It keeps hashes instead of keys: 12
// bytes an entry, and callers check what they get.
type keyIndex struct {
	seed   maphash.Seed
	hashes []uint64 // ascending
	rows   []int32
}

// newKeyIndex indexes n rows by the keys that each yields.
func newKeyIndex(n int, keys func(row int, yield func(key string))) *keyIndex {
	type entry struct {
		hash uint64
		row  int32
	}
	x := &keyIndex{seed: maphash.MakeSeed()}
	entries := make([]entry, 0, n)
	for i := range n {
		keys(i, func(key string) {
			entries = append(entries, entry{maphash.String(x.seed, key), row32(i)})
		})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row))
	})
	x.hashes = make([]uint64, len(entries))
	x.rows = make([]int32, len(entries))
	for i, e := range entries {
		x.hashes[i], x.rows[i] = e.hash, e.row
	}
	return x
}

// lookup gives the rows whose key may be key, in ascending order. The slice
// must not be changed.
func (x *keyIndex) lookup(key string) []int32 {
	hash := maphash.String(x.seed, key)
	start, _ := slices.BinarySearch(x.hashes, hash)
	end := start
	for end < len(x.hashes) && x.hashes[end] == hash {
		end++
	}
	return x.rows[start:end]
}

// row32 narrows a row number: catalogues are far smaller than 2^31.
func row32(i int) int32 { return int32(i) } //nolint:gosec // see above

// lexicon is a set of distinct words, in one block of bytes, that finds words
// also with typos in them. For those it goes through all words of about the
// right length and drops nearly all by their letters alone: some 1 to 2 ns
// each, so that no larger index is needed.
type lexicon struct {
	block   []byte
	starts  []uint32 // word i is block[starts[i]:starts[i+1]]
	letters []uint64
	lengths []int32 // lengths[n] is the first word of n bytes or more
}

// compareWords orders words by length in bytes, then by bytes.
func compareWords(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) }

// newLexicon makes a lexicon of words that are distinct and in the order of
// compareWords. The words are copied.
func newLexicon(words []string) *lexicon {
	size := 0
	for _, w := range words {
		size += len(w)
	}
	x := &lexicon{
		block:   make([]byte, 0, size),
		starts:  make([]uint32, 0, len(words)+1),
		letters: make([]uint64, len(words)),
		lengths: make([]int32, 1, maxWordLength+2),
	}
	for i, w := range words {
		for len(x.lengths) <= min(len(w), maxWordLength+1) {
			x.lengths = append(x.lengths, row32(i))
		}
		x.starts = append(x.starts, uint32(len(x.block))) //nolint:gosec // megabytes at most
		x.block = append(x.block, w...)
		x.letters[i] = letters(w)
	}
	for len(x.lengths) <= maxWordLength+1 {
		x.lengths = append(x.lengths, row32(len(words)))
	}
	x.starts = append(x.starts, uint32(len(x.block))) //nolint:gosec // as above
	return x
}

func (x *lexicon) word(i int32) []byte { return x.block[x.starts[i]:x.starts[i+1]] }

// find gives a word's number.
func (x *lexicon) find(word string) (int32, bool) {
	from, to := 0, len(x.letters)
	if n := len(word); n <= maxWordLength {
		from, to = int(x.lengths[n]), int(x.lengths[n+1])
	}
	i, ok := sort.Find(to-from, func(i int) int {
		return compareWords(word, string(x.word(row32(from+i))))
	})
	return row32(from + i), ok
}

// spelling is a word that is near to what was typed.
type spelling struct {
	word     int32
	distance int
}

// near gives the words within limit typos of word, in the lexicon's order.
func (x *lexicon) near(word string, limit int) []spelling {
	if limit == 0 || word == "" || len(word) > maxWordLength {
		return nil
	}
	want, set := []byte(word), letters(word)
	var wantRunes []rune // words of other scripts are compared by runes
	slack := limit
	if !isASCII(word) {
		wantRunes = []rune(word)
		slack = 3 * limit // an edit of a rune changes the length by up to three bytes
	}
	from := x.lengths[max(len(word)-slack, 0)]
	to := x.lengths[min(len(word)+slack+1, maxWordLength+1)]
	var found []spelling
	for i := from; i < to; i++ {
		if tooFar(set, x.letters[i], limit) {
			continue
		}
		d := 0
		if wantRunes != nil {
			d = distance(wantRunes, []rune(string(x.word(i))), limit)
		} else {
			d = distance(want, x.word(i), limit)
		}
		if d <= limit {
			found = append(found, spelling{word: i, distance: d})
		}
	}
	return found
}
