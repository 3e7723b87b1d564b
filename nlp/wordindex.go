package nlp

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// wordIndex finds items by single words of their names and aliases, each of
// which is a label here. A word weighs the more the fewer labels have it.
type wordIndex struct {
	words     *lexicon
	weights   []float32 // of each word
	starts    []uint32  // word w stands in labels[starts[w]:starts[w+1]]
	labels    []int32
	items     []int32   // of each label
	totals    []float32 // of each label: the weight of its words
	unknown   float32   // the weight of a word that no label has
	tallyPool sync.Pool
}

// maxWords is how many different words of a query count.
const maxWords = 12

// newWordIndex indexes the names and aliases of items.
func newWordIndex(items []Item) *wordIndex {
	x := &wordIndex{}
	// First the words get numbers in the order in which they are met.
	numbers := map[string]int32{}
	var words []string
	var texts, ends []int32 // the words of all labels, and where each label's end
	for i := range items {
		items[i].eachName(func(name string) {
			from := len(texts)
			nameWords(name, func(w string, _ int) {
				n, ok := numbers[w]
				if !ok {
					n = row32(len(words))
					numbers[w] = n
					words = append(words, w)
				}
				if !slices.Contains(texts[from:], n) {
					texts = append(texts, n)
				}
			})
			x.items = append(x.items, row32(i))
			ends = append(ends, row32(len(texts)))
		})
	}
	// Then they are sorted, and each label is listed under its words.
	slices.SortFunc(words, compareWords)
	x.words = newLexicon(words)
	sorted := make([]int32, len(words))
	for i, w := range words {
		sorted[numbers[w]] = row32(i)
	}
	x.starts = make([]uint32, len(words)+2)
	for i, n := range texts {
		texts[i] = sorted[n]
		x.starts[texts[i]+2]++
	}
	for i := 2; i < len(x.starts); i++ {
		x.starts[i] += x.starts[i-1]
	}
	x.weigh()
	x.labels = make([]int32, len(texts))
	x.totals = make([]float32, len(ends))
	from := int32(0)
	for label, to := range ends {
		for _, w := range texts[from:to] {
			x.labels[x.starts[w+1]] = row32(label)
			x.starts[w+1]++
			x.totals[label] += x.weights[w]
		}
		from = to
	}
	x.starts = x.starts[:len(words)+1]
	x.items, x.labels = slices.Clip(x.items), slices.Clip(x.labels)
	x.tallyPool.New = func() any { return newTally(len(ends)) }
	return x
}

// weigh computes the weights of words while starts[w+2]-starts[w+1] is still
// the number of labels that have word w.
func (x *wordIndex) weigh() {
	n := float64(len(x.items))
	x.weights = make([]float32, len(x.starts)-2)
	for w := range x.weights {
		have := float64(x.starts[w+2] - x.starts[w+1])
		x.weights[w] = float32(math.Log(1 + n/have))
	}
	// What no label has says little about which one is meant, so it weighs
	// half as much as the rarest word.
	x.unknown = float32(math.Log(1+n)) / 2
}

// ranked is how well an item fits a query.
type ranked struct {
	item     int32
	score    float32 // the share, by weight, of the query's words that the label has
	coverage float32 // the share, by weight, of the label's words that the query has
}

// tally holds the sums of one query by label.
type tally struct {
	query   []float32 // weight of the query's words that the label has
	label   []float32 // weight of the label's words that the query has
	last    []uint8   // the last query word counted, from 1
	touched []int32
}

func newTally(labels int) *tally {
	return &tally{query: make([]float32, labels), label: make([]float32, labels), last: make([]uint8, labels)}
}

// rank gives the best items for a query, best first, at most one more than
// maxNearest.
func (x *wordIndex) rank(query string) []ranked {
	t, _ := x.tallyPool.Get().(*tally)
	var words []string
	var total float32
	nameWords(query, func(w string, typed int) {
		if len(words) < maxWords && !slices.Contains(words, w) {
			words = append(words, w)
			total += x.count(t, uint8(len(words)), w, slipsAllowed(typed)) //nolint:gosec // at most maxWords
		}
	})
	best := make([]ranked, 0, maxNearest+2)
	for _, label := range t.touched {
		r := ranked{item: x.items[label], score: t.query[label] / total, coverage: t.label[label] / x.totals[label]}
		best = insert(best, r)
		t.query[label], t.label[label], t.last[label] = 0, 0, 0
	}
	t.touched = t.touched[:0]
	x.tallyPool.Put(t)
	return best
}

// count adds one query word to the tally and gives its weight. A word that no
// label has counts for the labels that have one like it, less for each typo.
func (x *wordIndex) count(t *tally, n uint8, word string, slips int) float32 {
	if i, ok := x.words.find(word); ok {
		x.add(t, n, i, x.weights[i], 1)
		return x.weights[i]
	}
	if hasDigit(word) { // "250mg" is not a slip of "500mg"
		return x.unknown
	}
	near := x.words.near(word, slips)
	if len(near) == 0 {
		return x.unknown
	}
	slices.SortStableFunc(near, func(a, b spelling) int { return a.distance - b.distance })
	weight := x.weights[near[0].word]
	for _, s := range near {
		x.add(t, n, s.word, weight, 1-0.1*float32(s.distance))
	}
	return weight
}

// add counts a word of the index for all its labels that query word n has not
// been counted for.
func (x *wordIndex) add(t *tally, n uint8, word int32, weight, likeness float32) {
	for _, label := range x.labels[x.starts[word]:x.starts[word+1]] {
		if t.last[label] == n {
			continue
		}
		if t.last[label] == 0 {
			t.touched = append(t.touched, label)
		}
		t.last[label] = n
		t.query[label] += weight * likeness
		t.label[label] += x.weights[word]
	}
}

// insert puts r into best, which holds each item once, best first.
func insert(best []ranked, r ranked) []ranked {
	if len(best) == maxNearest+1 && compareRanked(best[maxNearest], r) <= 0 {
		return best
	}
	if i := slices.IndexFunc(best, func(b ranked) bool { return b.item == r.item }); i >= 0 {
		if compareRanked(best[i], r) <= 0 {
			return best
		}
		best = slices.Delete(best, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(best, r, compareRanked)
	best = slices.Insert(best, i, r)
	return best[:min(len(best), maxNearest+1)]
}

// compareRanked orders the better first: more of the query, then less besides,
// then the item's row.
func compareRanked(a, b ranked) int {
	const same = 1e-4 // sums of the same weights in another order
	if d := a.score - b.score; d > same || d < -same {
		return cmp.Compare(b.score, a.score)
	}
	if d := a.coverage - b.coverage; d > same || d < -same {
		return cmp.Compare(b.coverage, a.coverage)
	}
	return cmp.Compare(a.item, b.item)
}

// clearWinner says that the first of ranked is meant, and not another.
func clearWinner(r []ranked) bool {
	const whole = 0.999
	if r[0].score < leastWon {
		return false
	}
	if len(r) == 1 || r[1].score <= r[0].score-wonBy {
		return true
	}
	// Of "Brake pads" and "Brake pads XL", "brake pads" means the first.
	return r[0].coverage > whole && r[1].coverage < whole
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isASCIIDigit(s[i]) {
			return true
		}
	}
	return false
}
