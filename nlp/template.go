package nlp

import (
	"fmt"
	"slices"
	"strings"
)

// A template describes one way of saying something, over whole words:
//
//	check (stock|inventory) [level] (of|for) {product}
//
//	(a|b c)  one of these, each of one or more words
//	[a|b]    the same, or nothing
//	^        here begins the message or a sentence, greetings aside
//	<        before this stands nothing, a pause, or a word like "to" or "you",
//	         so that "order" is a verb and not somebody's order
//	$        here it ends, politeness, dates and places aside
//	{...}    a slot, see slotKinds; a slot never runs over the end of a sentence
//
// Matching tries each template at each word and every slot is bounded, so the
// time grows with the length of the text and no faster.
type template struct {
	source   string
	elements []element
}

type elementKind uint8

const (
	elementWords elementKind = iota
	elementSlot
	elementStart
	elementEnd
	elementVerb
)

type element struct {
	kind     elementKind
	choices  [][]string // of elementWords
	optional bool
	slot     slotKind
}

// slotKind says what a slot takes, and how many words of it.
type slotKind struct {
	name     string
	min, max int
	accepts  func(*token) bool // nil: any word
}

// slotKinds lists the slots that templates may use. Twelve words are more
// than any product is called by.
func slotKinds() []slotKind {
	return []slotKind{
		{name: "product", min: 1, max: 12},
		{name: "supplier", min: 1, max: 4},
		{name: "name", min: 1, max: 5, accepts: isNamePart},
		{name: "some", min: 1, max: 5},
		{name: "any", min: 0, max: 4},
		{name: "alert words", min: 0, max: 6, accepts: isAlertModifier},
		{name: "report words", min: 0, max: 6, accepts: isReportModifier},
		{name: "id", min: 1, max: 1, accepts: isAlertID},
		{name: "code", min: 1, max: 1, accepts: func(t *token) bool { return isCode(t.text) }},
		{name: "number", min: 1, max: 1, accepts: func(t *token) bool { return isNumber(t.word) }},
	}
}

// isNamePart says that a token can stand in a short name without a verb.
func isNamePart(t *token) bool {
	switch t.word {
	case "for", "to", "from", "over", "worth", "off", "per":
		return false
	}
	return !endsProduct(t.word) && !t.filler
}

// compileTemplate reads a template's source.
func compileTemplate(source string) (template, error) {
	t := template{source: source}
	for rest := strings.TrimSpace(source); rest != ""; rest = strings.TrimSpace(rest) {
		e, n, err := readElement(rest)
		if err != nil {
			return template{}, fmt.Errorf("compile template %q: %w", source, err)
		}
		t.elements = append(t.elements, e)
		rest = rest[n:]
	}
	if t.firstWords() == nil && (len(t.elements) == 0 || t.elements[0].kind != elementStart) {
		return template{}, fmt.Errorf("compile template %q: begins with a slot but not with ^", source)
	}
	return t, nil
}

// readElement reads the element at the start of s and says how long it is.
func readElement(s string) (element, int, error) {
	closing := map[byte]byte{'(': ')', '[': ']', '{': '}'}
	switch s[0] {
	case '^':
		return element{kind: elementStart}, 1, nil
	case '$':
		return element{kind: elementEnd}, 1, nil
	case '<':
		return element{kind: elementVerb}, 1, nil
	case '(', '[', '{':
		end := strings.IndexByte(s, closing[s[0]])
		if end < 0 {
			return element{}, 0, fmt.Errorf("%q is not closed", s[:1])
		}
		inner := s[1:end]
		if s[0] == '{' {
			i := slices.IndexFunc(slotKinds(), func(k slotKind) bool { return k.name == inner })
			if i < 0 {
				return element{}, 0, fmt.Errorf("no slot {%s}", inner)
			}
			return element{kind: elementSlot, slot: slotKinds()[i]}, end + 1, nil
		}
		e := element{optional: s[0] == '['}
		for choice := range strings.SplitSeq(inner, "|") {
			e.choices = append(e.choices, strings.Fields(choice))
		}
		return e, end + 1, nil
	}
	end := strings.IndexByte(s, ' ')
	if end < 0 {
		end = len(s)
	}
	return element{choices: [][]string{{s[:end]}}}, end, nil
}

// firstWords lists the words that a match can start with, or nil when it can
// start with a slot.
func (t *template) firstWords() []string {
	var words []string
	for _, e := range t.elements {
		switch e.kind {
		case elementStart, elementVerb:
			continue
		case elementSlot:
			return nil
		case elementEnd:
			return words
		case elementWords:
		}
		for _, c := range e.choices {
			words = append(words, c[0])
		}
		if !e.optional {
			return words
		}
	}
	return words
}

// words calls yield for every literal word of the template.
func (t *template) words(yield func(string)) {
	for _, e := range t.elements {
		for _, c := range e.choices {
			for _, w := range c {
				yield(w)
			}
		}
	}
}

// sentence is a tokenised text with what templates ask of it precomputed.
type sentence struct {
	tokens []token
	starts []bool // a clause begins at i, greetings aside
	ends   []bool // a clause ends before i, politeness and spotted spans aside; len(tokens)+1 long
}

// maxAddress is how many words before a comma can be who is spoken to: "Good
// morning Sarah, alerts please".
const maxAddress = 3

func newSentence(tokens []token) sentence {
	n := len(tokens)
	flags := make([]bool, 2*n+1)
	s := sentence{tokens: tokens, starts: flags[:n:n], ends: flags[n:]}
	begin := 0 // of the sentence
	for i := range tokens {
		if i > 0 && tokens[i-1].follow == pauseFull {
			begin = i
		}
		s.starts[i] = i == begin || (s.starts[i-1] && tokens[i-1].filler) ||
			(i-begin <= maxAddress && tokens[i-1].follow == pauseSoft)
	}
	for i := n; i >= 0; i-- {
		s.ends[i] = i == n || (i > 0 && tokens[i-1].follow == pauseFull) ||
			(s.ends[i+1] && (tokens[i].filler || tokens[i].span != spanNone))
	}
	return s
}

// match is where a template fits: tokens start to end, with its slots.
type match struct {
	start, end int
	literals   int // words matched word for word
	slotStart  int // the {product} or {name} slot, if slotEnd > slotStart
	slotEnd    int
	supStart   int // the {supplier} slot
	supEnd     int
	id         int // the {id} token plus one; 0: none
}

// matchAt tries the template at token i.
func (t *template) matchAt(s *sentence, i int) (match, bool) {
	m := match{start: i}
	if !s.step(t.elements, i, &m) {
		return match{}, false
	}
	return m, true
}

// step matches the remaining elements at token i, filling m on success.
func (s *sentence) step(elements []element, i int, m *match) bool {
	if len(elements) == 0 {
		m.end = i
		return true
	}
	e, rest := &elements[0], elements[1:]
	switch e.kind {
	case elementStart:
		return i < len(s.tokens) && s.starts[i] && s.step(rest, i, m)
	case elementEnd:
		return s.ends[i] && s.step(rest, i, m)
	case elementVerb:
		before := i == 0 || s.tokens[i-1].follow != pauseNone || s.tokens[i-1].filler
		return before && s.step(rest, i, m)
	case elementSlot:
		return s.stepSlot(e.slot, rest, i, m)
	case elementWords:
	}
	for _, words := range e.choices {
		if !s.hasWords(words, i, m.start) {
			continue
		}
		before := *m
		m.literals += len(words)
		if s.step(rest, i+len(words), m) {
			return true
		}
		*m = before
	}
	return e.optional && s.step(rest, i, m)
}

// stepSlot takes as few words as the rest of the template allows, or all it
// can when the slot is the last element.
func (s *sentence) stepSlot(k slotKind, rest []element, i int, m *match) bool {
	limit := i
	for limit < len(s.tokens) && limit-i < k.max {
		if limit > m.start && s.tokens[limit-1].follow == pauseFull {
			break
		}
		if k.accepts != nil && !k.accepts(&s.tokens[limit]) {
			break
		}
		limit++
	}
	if limit-i < k.min {
		return false
	}
	first := i + k.min
	if len(rest) == 0 {
		first = limit
	}
	for end := first; end <= limit; end++ {
		before := *m
		m.take(k.name, i, end)
		if s.step(rest, end, m) {
			return true
		}
		*m = before
	}
	return false
}

// take records what a slot took.
func (m *match) take(slot string, start, end int) {
	switch slot {
	case "product", "name":
		m.slotStart, m.slotEnd = start, end
	case "supplier":
		m.supStart, m.supEnd = start, end
	case "id":
		m.id = start + 1
	}
}

// hasWords says that words stand at token i, in the sentence of token start.
func (s *sentence) hasWords(words []string, i, start int) bool {
	if i+len(words) > len(s.tokens) {
		return false
	}
	for j, w := range words {
		if s.tokens[i+j].word != w || (i+j > start && s.tokens[i+j-1].follow == pauseFull) {
			return false
		}
	}
	return true
}
