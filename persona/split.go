package persona

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// maxParts keeps one reply within Meta's limit of messages to one person
	// (about ten a minute).
	maxParts = 3
	// maxPartUnits stays under Twilio's limit of 1600 (error 21617), in UTF-16
	// units because Twilio does not say what it counts.
	maxPartUnits = 1500
	// goodPartUnits is the least that a part should hold: no message for a
	// heading alone.
	goodPartUnits = maxPartUnits / 2
)

// Split cuts a text into at most three messages of at most 1500 UTF-16 units,
// by preference between paragraphs, then lines, then words, and never inside a
// grapheme or, as long as there is another place, inside a pair of markup.
// White space at the cuts and around the text is dropped, nothing else, unless
// the text is too long for three messages: then the third ends in "…". A blank
// text has no parts.
func Split(text string) []string {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil
	case len(text) <= maxPartUnits || utf16Units(text) <= maxPartUnits: // a byte is at least a unit
		return []string{text}
	}
	s := splitting{text: text, cuts: cuts(text)}
	if parts := s.fit(cut{}, maxParts); parts != nil {
		return parts
	}
	return s.truncated()
}

// quality of a place to cut at; the greater the better.
type quality int

const (
	insideCluster quality = iota // of a cluster longer than a message
	betweenGraphemes
	betweenWords
	betweenLines
	betweenParagraphs
)

// cut is a place where a text may be cut: one message ends at byte end, the
// next begins at byte next, after white space.
type cut struct {
	end, next           int
	endUnits, nextUnits int // the same in UTF-16 units
	quality             quality
	torn                bool // it tears a pair of markup
}

// wish is one round of looking for a cut: how good it has to be.
type wish struct {
	quality  quality
	minUnits int
	torn     bool
}

// wishes lists what is looked for, best first.
func wishes() []wish {
	return []wish{
		{quality: betweenParagraphs, minUnits: goodPartUnits},
		{quality: betweenLines, minUnits: goodPartUnits},
		{quality: betweenWords, minUnits: goodPartUnits},
		{quality: betweenGraphemes, minUnits: goodPartUnits},
		{quality: betweenWords},
		{quality: betweenGraphemes},
		{quality: betweenWords, minUnits: goodPartUnits, torn: true},
		{quality: betweenGraphemes, torn: true},
		{quality: insideCluster, torn: true},
	}
}

type splitting struct {
	text string
	cuts []cut // in order; the last one is the end of the text
}

// fit cuts what follows from into at most n parts without loss; nil when that
// cannot be done. It tries the best cut first and falls back to the one that
// fills the part most, so it finds a way whenever there is one.
func (s splitting) fit(from cut, n int) []string {
	last := s.cuts[len(s.cuts)-1]
	if last.endUnits-from.nextUnits <= maxPartUnits {
		return []string{s.text[from.next:last.end]}
	}
	// The whole rest has to fit the remaining parts, or no cut will do.
	if n == 1 || last.endUnits-from.nextUnits > n*maxPartUnits+s.blank(from) {
		return nil
	}
	tried := -1
	for _, w := range wishes() {
		i := s.find(from, maxPartUnits, w)
		if i < 0 || i == tried {
			continue
		}
		tried = i
		if rest := s.fit(s.cuts[i], n-1); rest != nil {
			return append([]string{s.text[from.next:s.cuts[i].end]}, rest...)
		}
	}
	return nil
}

// blank is how many units of white space at possible cuts follow from.
func (s splitting) blank(from cut) int {
	units := 0
	for _, c := range s.cuts {
		if c.end > from.next {
			units += c.nextUnits - c.endUnits
		}
	}
	return units
}

// truncated fills three parts and ends the last one in an ellipsis.
func (s splitting) truncated() []string {
	parts := make([]string, 0, maxParts)
	from := cut{}
	for len(parts) < maxParts-1 {
		c := s.best(from, maxPartUnits)
		parts = append(parts, s.text[from.next:c.end])
		from = c
	}
	c := s.best(from, maxPartUnits-utf16Units(ellipsis))
	return append(parts, s.text[from.next:c.end]+ellipsis)
}

func (s splitting) best(from cut, maxUnits int) cut {
	for _, w := range wishes() {
		if i := s.find(from, maxUnits, w); i >= 0 {
			return s.cuts[i]
		}
	}
	return s.cuts[len(s.cuts)-1]
}

// find gives the index of the last cut after from that makes a part of at most
// maxUnits and that is as good as w; -1 for none.
func (s splitting) find(from cut, maxUnits int, w wish) int {
	end, _ := slices.BinarySearchFunc(s.cuts, from.nextUnits+maxUnits+1, func(c cut, units int) int { return c.endUnits - units })
	for i := end - 1; i >= 0; i-- {
		c := s.cuts[i]
		units := c.endUnits - from.nextUnits
		if units <= 0 || units < w.minUnits {
			return -1
		}
		if c.quality >= w.quality && (w.torn || !c.torn) {
			return i
		}
	}
	return -1
}

// cuts lists every place to cut a text without white space around it, and its
// end.
func cuts(text string) []cut {
	marked := pairs(text)
	markedTo := -1 // the furthest end of a pair that opened before the cut
	all := make([]cut, 0, utf8.RuneCountInString(text))
	var content cut // where the last visible cluster ended
	newlines, offset, units := 0, 0, 0
	rest, state := text, -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if isBlank(cluster) {
			newlines += strings.Count(cluster, "\n")
			offset += len(cluster)
			units += utf16Units(cluster)
			continue
		}
		if offset > 0 {
			content.next, content.nextUnits = offset, units
			content.quality = between(content, newlines)
			for len(marked) > 0 && marked[0].open < content.end {
				markedTo = max(markedTo, marked[0].end)
				marked = marked[1:]
			}
			content.torn = content.next <= markedTo
			all = append(all, content)
		}
		if length := utf16Units(cluster); length > maxPartUnits {
			all = append(all, insideOf(cluster, offset, units)...)
		}
		newlines = 0
		offset += len(cluster)
		units += utf16Units(cluster)
		content = cut{end: offset, endUnits: units}
	}
	content.next, content.nextUnits, content.quality = offset, units, betweenParagraphs
	return append(all, content)
}

func between(c cut, newlines int) quality {
	switch {
	case newlines > 1:
		return betweenParagraphs
	case newlines == 1:
		return betweenLines
	case c.next > c.end:
		return betweenWords
	default:
		return betweenGraphemes
	}
}

// insideOf lists the places between the runes of a cluster that no message can
// hold, which begins at offset and units.
func insideOf(cluster string, offset, units int) []cut {
	var all []cut
	for i, r := range cluster {
		if i > 0 {
			all = append(all, cut{end: offset + i, next: offset + i, endUnits: units, nextUnits: units, quality: insideCluster})
		}
		units += utf16.RuneLen(r)
	}
	return all
}

func isBlank(cluster string) bool {
	return strings.IndexFunc(cluster, func(r rune) bool { return !unicode.IsSpace(r) }) < 0
}

// utf16Units is the length of s as WhatsApp and Twilio's own tools count it.
func utf16Units(s string) int {
	if len(s) == 1 || utf8.RuneCountInString(s) == len(s) {
		return len(s)
	}
	units := 0
	for _, r := range s {
		units += utf16.RuneLen(r)
	}
	return units
}
