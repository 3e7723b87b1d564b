package nlp

import "sync"

// rule is a compiled pattern.
type rule struct {
	pattern  pattern
	template template
}

// trap is a compiled guard.
type trap struct {
	template template
	blocks   []Intent
}

// grammar is the compiled tables, with the rows listed by the word that their
// matches start with, so that a word costs one look-up and not a row each.
type grammar struct {
	rules     []rule
	traps     []trap
	rulesBy   map[string][]int32
	trapsBy   map[string][]int32
	openRules []int32 // rows that start with a slot: tried where a clause begins
	known     map[string]bool
}

// compiled builds the tables once. Rows that do not compile are left out; a
// test holds that there are none.
var compiled = sync.OnceValue(func() *grammar {
	g, _ := compileGrammar(patterns(), guards())
	return g
})

// compileGrammar compiles the tables and returns the errors of bad rows.
func compileGrammar(patterns []pattern, guards []guard) (*grammar, []error) {
	g := &grammar{rulesBy: map[string][]int32{}, trapsBy: map[string][]int32{}, known: map[string]bool{}}
	var errs []error
	for _, p := range patterns {
		t, err := compileTemplate(p.template)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		n := int32(len(g.rules)) //nolint:gosec // the table has some hundred rows
		g.rules = append(g.rules, rule{pattern: p, template: t})
		t.words(func(w string) { g.known[w] = true })
		// A slot may stand first, alone or behind an optional word.
		if t.firstWords() == nil {
			g.openRules = append(g.openRules, n)
			continue
		}
		for _, w := range t.firstWords() {
			g.rulesBy[w] = appendOnce(g.rulesBy[w], n)
		}
	}
	for _, d := range guards {
		t, err := compileTemplate(d.template)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		n := int32(len(g.traps)) //nolint:gosec // as above
		g.traps = append(g.traps, trap{template: t, blocks: d.blocks})
		t.words(func(w string) { g.known[w] = true })
		for _, w := range t.firstWords() {
			g.trapsBy[w] = appendOnce(g.trapsBy[w], n)
		}
	}
	return g, errs
}

func appendOnce(rows []int32, n int32) []int32 {
	if len(rows) > 0 && rows[len(rows)-1] == n {
		return rows
	}
	return append(rows, n)
}

// Parse reads a text at a time and place. It never fails: what it does not
// understand is Unknown, with whatever entities it is sure of. At most 4,096
// characters are looked at. It is safe for concurrent use.
func Parse(text string, at Clock) Result {
	return compiled().parse(text, at)
}

// parse is Parse with these tables.
func (g *grammar) parse(text string, at Clock) Result {
	clean := normalise(text)
	tokens := tokenize(clean)
	kept := tokens[:0]
	for i := range tokens {
		t := &tokens[i]
		if isHesitation(t.word) {
			if n := len(kept); n > 0 {
				kept[n-1].follow = max(kept[n-1].follow, t.follow)
			}
			continue
		}
		t.filler = isFiller(t.word)
		kept = append(kept, *t)
	}
	dates := spotDates(kept, at)
	placeStart, placeEnd := spotLocation(kept)
	s := newSentence(kept)

	best, blocked := g.choose(&s)
	var slips []string
	if best == nil {
		if slips = mendCommands(kept, g.known); slips != nil {
			dates = spotDates(kept, at)
			s = newSentence(kept)
			best, blocked = g.choose(&s)
		}
	}

	r := reader{text: clean, sentence: &s, taken: make([]bool, len(kept))}
	result := Result{Text: text, Intent: Unknown}
	result.Trace.Blocked, result.Trace.ReadAs = blocked, slips
	if best == nil && len(blocked) == 0 || best != nil && best.match.literals == 0 {
		result.Bare = bareWords(clean, kept)
	}
	if best == nil {
		r.readSKU(Unknown)
	} else {
		result.Intent = best.rule.pattern.intent
		result.Trace.Pattern = string(result.Intent) + ": " + best.rule.pattern.template
		if result.Intent != Help {
			r.readPeriodAndPlace(dates, placeStart, placeEnd)
		}
		r.read(result.Intent, &best.match)
		result.Trace.Leftover = r.leftover(&best.match)
		result.Confidence = confidence(best.rule.pattern.strength, len(result.Trace.Leftover), len(slips))
	}
	result.Entities, result.Trace.Cuts = r.entities, r.cuts
	return result
}

// candidate is a rule that fits.
type candidate struct {
	rule  *rule
	match match
}

// choose gives the best rule that fits and no guard blocks, and the guards
// that did block one.
func (g *grammar) choose(s *sentence) (best *candidate, blocked []string) {
	var fits []candidate
	for i := range s.tokens {
		fits = g.appendFits(fits, s, i, g.rulesBy[s.tokens[i].word])
		if s.starts[i] {
			fits = g.appendFits(fits, s, i, g.openRules)
		}
	}
	if len(fits) == 0 {
		return nil, nil
	}
	blocks := g.spring(s)
	for i := range fits {
		c := &fits[i]
		intent := c.rule.pattern.intent
		if t := blocks[intent]; t != nil {
			blocked = appendMissing(blocked, string(intent)+" by: "+t.template.source)
			continue
		}
		if best == nil || c.betterThan(best) {
			best = c
		}
	}
	return best, blocked
}

// appendFits tries rows at token i.
func (g *grammar) appendFits(fits []candidate, s *sentence, i int, rows []int32) []candidate {
	for _, n := range rows {
		r := &g.rules[n]
		m, ok := r.template.matchAt(s, i)
		if ok && !isTrapSlot(r.pattern.intent, s, &m) {
			fits = append(fits, candidate{rule: r, match: m})
		}
	}
	return fits
}

// spring gives, for each blocked intent, the first guard that blocks it.
func (g *grammar) spring(s *sentence) map[Intent]*trap {
	var blocks map[Intent]*trap
	for i := range s.tokens {
		for _, n := range g.trapsBy[s.tokens[i].word] {
			t := &g.traps[n]
			if _, ok := t.template.matchAt(s, i); !ok {
				continue
			}
			if blocks == nil {
				blocks = map[Intent]*trap{}
			}
			intents := t.blocks
			if intents == nil {
				intents = []Intent{CheckInventory, ReorderStock, ViewAlerts, AcknowledgeAlert, GenerateReport}
			}
			for _, intent := range intents {
				if blocks[intent] == nil {
					blocks[intent] = t
				}
			}
		}
	}
	return blocks
}

// betterThan orders candidates as the comment of patterns says; candidates
// come in the order of the text, then of the rows.
func (c *candidate) betterThan(other *candidate) bool {
	a, b := c.rule.pattern.strength, other.rule.pattern.strength
	if a != b {
		return a > b
	}
	return c.match.literals > other.match.literals
}

func appendMissing(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// readPeriodAndPlace takes the period and the place that were spotted.
func (r *reader) readPeriodAndPlace(dates *DateRange, placeStart, placeEnd int) {
	if placeEnd > placeStart {
		r.entities.Location = r.cut("location", placeStart, placeEnd)
	}
	if dates == nil {
		return
	}
	r.entities.DateRange = dates
	tokens := r.sentence.tokens
	for i := 0; i < len(tokens); i++ {
		if tokens[i].span != spanDate {
			continue
		}
		end := i
		for end < len(tokens) && tokens[end].span == spanDate {
			end++
		}
		r.cut("date_range", i, end)
		i = end
	}
}

// leftover lists the words that neither the template nor an entity explains.
func (r *reader) leftover(m *match) []string {
	var words []string
	for i := range r.sentence.tokens {
		t := &r.sentence.tokens[i]
		inMatch := m.start <= i && i < m.end && (i < m.slotStart || i >= m.slotEnd)
		if inMatch || r.taken[i] || t.filler || t.span != spanNone || isArticle(t.word) || isTrailer(t.word) {
			continue
		}
		words = append(words, t.text)
	}
	return words
}

// maxBareWords is how many words a product's name typed alone can have.
const maxBareWords = 8

// bareWords gives a short text of one clause, without greetings around it.
func bareWords(text string, tokens []token) string {
	start, end := 0, len(tokens)
	for start < end && tokens[start].filler {
		start++
	}
	for end > start && tokens[end-1].filler {
		end--
	}
	if end-start == 0 || end-start > maxBareWords {
		return ""
	}
	for i := start; i < end-1; i++ {
		if tokens[i].follow == pauseFull {
			return ""
		}
	}
	return quote(text, tokens[start:end])
}
