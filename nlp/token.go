package nlp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is one word of a normalised text, without the punctuation around it.
type token struct {
	text   string // as typed
	word   string // lower case, without apostrophes: "what's" is "whats"
	start  int    // byte offset in the normalised text
	end    int
	follow pause // what parts it from the next token
	hash   bool  // written "#88"
	filler bool  // greeting or politeness; see words.go
	span   span  // part of an entity that was spotted before matching
}

// pause is what stands between two tokens.
type pause uint8

const (
	pauseNone   pause = iota
	pauseSoft         // comma, colon, bracket, dash
	pauseFull         // end of a sentence or a line
	softPauses  = ",:()[]{}<>\"|"
	fullPauses  = ".!?;…"
	innerPauses = ",:()[]{}<>\"|=!?;" // split a chunk even without a blank
)

// span marks tokens that an entity took before the templates are tried.
type span uint8

const (
	spanNone span = iota
	spanDate
	spanLocation
)

// tokenize splits a normalised text. A text of nothing but question marks is
// the token "?", which asks for help.
func tokenize(s string) []token {
	tokens := make([]token, 0, min(8+len(s)/5, 64))
	start := 0
	for start < len(s) {
		end := strings.IndexAny(s[start:], " \n")
		full := false
		if end < 0 {
			end = len(s)
		} else {
			end += start
			full = s[end] == '\n'
		}
		tokens = appendChunk(tokens, s, start, end)
		if n := len(tokens); full && n > 0 && tokens[n-1].follow != pauseSoft {
			tokens[n-1].follow = pauseFull
		}
		start = end + 1
	}
	if len(tokens) == 0 && s != "" && strings.Trim(s, "? ") == "" {
		tokens = append(tokens, token{text: s, word: "?", end: len(s)})
	}
	return tokens
}

// appendChunk adds the tokens of s[start:end], a piece without white space.
func appendChunk(tokens []token, s string, start, end int) []token {
	for start < end {
		cut := innerPause(s, start, end)
		tokens = appendWord(tokens, s, start, cut)
		if cut < end {
			if s[cut] == '=' {
				tokens = append(tokens, token{text: "=", word: "=", start: cut, end: cut + 1})
			} else {
				tokens = setPause(tokens, s[cut:cut+1])
			}
			cut++
		}
		start = cut
	}
	return tokens
}

// innerPause finds the next splitting sign; commas and colons within numbers
// ("1,000", "10:30") do not split.
func innerPause(s string, start, end int) int {
	for i := start; i < end; i++ {
		c := s[i]
		if c >= utf8.RuneSelf || strings.IndexByte(innerPauses, c) < 0 {
			continue
		}
		if (c == ',' || c == ':') && i > start && i+1 < end && isASCIIDigit(s[i-1]) && isASCIIDigit(s[i+1]) {
			continue
		}
		return i
	}
	return end
}

// appendWord adds s[start:end] without its outer punctuation, which becomes
// the pause after this token or the one before.
func appendWord(tokens []token, s string, start, end int) []token {
	chunk := s[start:end]
	lead := strings.IndexFunc(chunk, isWordRune)
	if lead < 0 {
		switch chunk {
		case "@":
			return append(tokens, token{text: "@", word: "@", start: start, end: end})
		case "-":
			return setPause(tokens, ":")
		}
		return setPause(tokens, chunk)
	}
	tail := strings.LastIndexFunc(chunk, isWordRune)
	_, size := utf8.DecodeRuneInString(chunk[tail:])
	text := chunk[lead : tail+size]
	tokens = append(tokens, token{
		text: text, word: fold(text), start: start + lead, end: start + tail + size,
		hash: lead > 0 && chunk[lead-1] == '#',
	})
	after := chunk[tail+size:]
	if after == "." && isAbbreviation(tokens[len(tokens)-1].word) {
		return tokens
	}
	return setPause(tokens, after)
}

// setPause records the strongest pause in signs after the last token.
func setPause(tokens []token, signs string) []token {
	if len(tokens) == 0 {
		return tokens
	}
	last := &tokens[len(tokens)-1]
	switch {
	case strings.ContainsAny(signs, fullPauses):
		last.follow = pauseFull
	case strings.ContainsAny(signs, softPauses):
		last.follow = max(last.follow, pauseSoft)
	}
	return tokens
}

// fold gives a word's form for comparing: lower case, no apostrophes.
func fold(s string) string {
	s = strings.ToLower(s)
	if strings.IndexByte(s, '\'') >= 0 {
		s = strings.ReplaceAll(s, "'", "")
	}
	return s
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)
}

func isASCIIDigit(c byte) bool { return '0' <= c && c <= '9' }

// quote gives the words of tokens as typed. Blanks and inner signs stay as
// they are unless a hesitation ("uh") was taken out between two of them.
func quote(s string, tokens []token) string {
	if len(tokens) == 0 {
		return ""
	}
	var b strings.Builder
	from := tokens[0].start
	for i := 1; i < len(tokens); i++ {
		if gap := s[tokens[i-1].end:tokens[i].start]; strings.IndexFunc(gap, isWordRune) >= 0 {
			b.WriteString(s[from:tokens[i-1].end])
			b.WriteByte(' ')
			from = tokens[i].start
		}
	}
	last := tokens[len(tokens)-1].end
	if b.Len() == 0 {
		return s[from:last]
	}
	b.WriteString(s[from:last])
	return b.String()
}
