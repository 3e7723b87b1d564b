package persona

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pair is a stretch of text that WhatsApp prints in another style: the byte
// offsets of its opening and closing character.
type pair struct {
	open, end int
}

const fence = "```"

// pairs finds the markup of a text: *bold*, _italic_, ~struck~ and `code` on
// one line, opened before and closed after a word, and fences of three
// backticks over any number of lines. They are in the order of their opening.
func pairs(text string) []pair {
	found := fences(text)
	var open [4]int // 1 + the offset of the opening * _ ~ `, 0 for none
	before := '\n'
	for i, r := range text {
		if r == '\n' {
			open = [4]int{}
		}
		if kind := strings.IndexRune("*_~`", r); kind >= 0 {
			after, size := utf8.DecodeRuneInString(text[i+1:])
			atEnd := size == 0 || unicode.IsSpace(after)
			switch {
			case open[kind] > 0 && !unicode.IsSpace(before) && !isWord(after):
				found = append(found, pair{open: open[kind] - 1, end: i})
				open[kind] = 0
			case open[kind] == 0 && !isWord(before) && !atEnd:
				open[kind] = i + 1
			}
		}
		before = r
	}
	slices.SortFunc(found, func(a, b pair) int { return a.open - b.open })
	return found
}

func fences(text string) []pair {
	var found []pair
	for from := 0; ; {
		open := strings.Index(text[from:], fence)
		if open < 0 {
			return found
		}
		open += from
		inside := open + len(fence)
		end := strings.Index(text[inside:], fence)
		if end < 0 {
			return found
		}
		from = inside + end + len(fence)
		found = append(found, pair{open: open, end: from - 1})
	}
}
