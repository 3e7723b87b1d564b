package nlp

import (
	"slices"
	"strings"
)

// Item is something that people call by a code or a name: a product, a place.
type Item struct {
	ID      [16]byte // a UUID's bytes; uuid.UUID converts to it
	SKU     string
	Name    string
	Aliases []string
}

// Resolution is what words were found to mean.
type Resolution struct {
	// Item is the one clear winner, nil when there is none. It points into
	// the slice given to NewCatalogue and must not be changed.
	Item *Item
	// Exact says that the words are the item's code, name or alias, letter
	// case, separators and plurals aside.
	Exact bool
	// Nearest are the closest items when nothing won: best first, at most 3.
	Nearest []Item
}

// Catalogue finds a company's items by what people call them. It is built
// once, never changes, and is safe for concurrent use. It keeps the items'
// strings and copies none: a test holds 50,000 items with their index under
// 25 MB.
type Catalogue struct {
	items []Item
	codes *keyIndex // of SKUs
	names *keyIndex // of whole names and aliases
	skus  *lexicon  // of SKUs, for the nearest ones
	words *wordIndex
}

const (
	maxNearest = 3
	// An item wins when what it has of the words weighs at least leastWon of
	// them all and leads by wonBy; an item under leastNear is not offered.
	leastWon  = 0.70
	wonBy     = 0.15
	leastNear = 0.30
)

// maxResolved is how many bytes of words Resolve looks at; a product is never
// called by more.
const maxResolved = 200

// NewCatalogue builds a catalogue over items, which it keeps: the caller must
// not change them afterwards.
func NewCatalogue(items []Item) *Catalogue {
	c := &Catalogue{items: items}
	c.codes = newKeyIndex(len(items), func(i int, yield func(string)) {
		if key := codeKey(items[i].SKU); key != "" {
			yield(key)
		}
	})
	c.names = newKeyIndex(len(items), func(i int, yield func(string)) {
		items[i].eachName(func(name string) {
			if key := nameKey(name); key != "" {
				yield(key)
			}
		})
	})
	keys := make([]string, len(items))
	for i := range items {
		keys[i] = codeKey(items[i].SKU)
	}
	slices.SortFunc(keys, compareWords)
	c.skus = newLexicon(slices.Compact(keys))
	c.words = newWordIndex(items)
	return c
}

// eachName calls yield for the name and each alias.
func (item *Item) eachName(yield func(string)) {
	if item.Name != "" {
		yield(item.Name)
	}
	for _, alias := range item.Aliases {
		yield(alias)
	}
}

// Len is the number of items.
func (c *Catalogue) Len() int { return len(c.items) }

// Resolve finds the item that words mean: by its code, by its whole name or
// alias, or as the one item that matches the words clearly better than every
// other, typos and plurals forgiven. Codes are never guessed: "ABC124" is not
// "ABC123", only near it.
func (c *Catalogue) Resolve(words string) Resolution {
	words = strings.TrimSpace(firstBytes(words, maxResolved))
	if r, ok := c.resolveExact(words); ok {
		return r
	}
	ranked := c.words.rank(words)
	if len(ranked) > 0 && clearWinner(ranked) {
		return Resolution{Item: &c.items[ranked[0].item]}
	}
	nearest := c.nearestCodes(words)
	for _, r := range ranked {
		if len(nearest) < maxNearest && r.score >= leastNear && !slices.Contains(nearest, r.item) {
			nearest = append(nearest, r.item)
		}
	}
	return Resolution{Nearest: c.pick(nearest)}
}

// resolveExact looks words up as a code, as a name, and then each word with a
// digit as a code: "the KX-2207 brackets".
func (c *Catalogue) resolveExact(words string) (Resolution, bool) {
	key := codeKey(words)
	if found := c.matching(c.codes, key, func(item *Item) bool { return codeKey(item.SKU) == key }); len(found) > 0 {
		return c.exact(found, func(item *Item) bool { return strings.EqualFold(item.SKU, words) }), true
	}
	key = nameKey(words)
	found := c.matching(c.names, key, func(item *Item) bool {
		same := false
		item.eachName(func(name string) { same = same || nameKey(name) == key })
		return same
	})
	if len(found) > 0 {
		return c.exact(found, func(item *Item) bool {
			same := false
			item.eachName(func(name string) { same = same || strings.EqualFold(name, words) })
			return same
		}), true
	}
	var named []int32
	for word := range strings.FieldsSeq(words) {
		if key := codeKey(word); len(key) >= 4 && strings.ContainsAny(key, "0123456789") && !isMeasured(word) {
			for _, i := range c.matching(c.codes, key, func(item *Item) bool { return codeKey(item.SKU) == key }) {
				if !slices.Contains(named, i) {
					named = append(named, i)
				}
			}
		}
	}
	if len(named) == 1 {
		return Resolution{Item: &c.items[named[0]]}, true
	}
	return Resolution{}, false
}

// matching gives the items under a key; the index knows hashes only, so each
// is checked.
func (c *Catalogue) matching(index *keyIndex, key string, same func(*Item) bool) []int32 {
	if key == "" {
		return nil
	}
	var found []int32
	for _, i := range index.lookup(key) {
		if same(&c.items[i]) && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	return found
}

// exact resolves to the only one found, or the only one spelt letter for
// letter; several are all offered.
func (c *Catalogue) exact(found []int32, spelt func(*Item) bool) Resolution {
	if len(found) > 1 {
		letter := slices.DeleteFunc(slices.Clone(found), func(i int32) bool { return !spelt(&c.items[i]) })
		if len(letter) == 1 {
			found = letter
		}
	}
	if len(found) == 1 {
		return Resolution{Item: &c.items[found[0]], Exact: true}
	}
	return Resolution{Nearest: c.pick(found)}
}

// nearestCodes gives the items whose codes are one slip from words, when words
// look like a code.
func (c *Catalogue) nearestCodes(words string) []int32 {
	if strings.ContainsAny(words, " ") || !strings.ContainsAny(words, "0123456789") {
		return nil
	}
	near := c.skus.near(codeKey(words), 1)
	var items []int32
	for _, n := range near[:min(len(near), maxNearest)] {
		key := string(c.skus.word(n.word))
		items = append(items, c.matching(c.codes, key, func(item *Item) bool { return codeKey(item.SKU) == key })...)
	}
	return items
}

// pick gives the items by their rows, at most maxNearest.
func (c *Catalogue) pick(rows []int32) []Item {
	var items []Item
	for _, i := range rows[:min(len(rows), maxNearest)] {
		items = append(items, c.items[i])
	}
	return items
}

// firstBytes cuts s to at most n bytes at a rune's edge.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
