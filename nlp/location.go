package nlp

import (
	"unicode"
	"unicode/utf8"
)

// maxPlaceWords is how many words a place's own name is taken to have.
const maxPlaceWords = 3

// spotLocation marks the tokens that name a place and returns the name's
// range, without preposition and article and, when a name remains, without
// the generic noun:
//
//	at the Leeds warehouse -> Leeds      to store 5 -> store 5
//	in Leeds, in leeds (at the end)      @ Van der Berg Yard -> Van der Berg
//
// Only the first place is taken: agents answer for one place or for all.
func spotLocation(tokens []token) (start, end int) {
	for i := range tokens {
		first, start, end, last := placeAt(tokens, i)
		if end == 0 {
			continue
		}
		for j := first; j < last; j++ {
			tokens[j].span = spanLocation
		}
		return start, end
	}
	return 0, 0
}

// placeAt looks for a place whose preposition, or generic noun, is tokens[i].
// It returns where the whole phrase begins and ends and the name's range.
func placeAt(tokens []token, i int) (first, start, end, last int) {
	w := tokens[i].word
	if isPlaceNoun(w) && i+1 < len(tokens) && tokens[i].follow == pauseNone && isPlaceNumber(&tokens[i+1]) {
		first = i
		for first > 0 && tokens[first-1].follow == pauseNone && (isPlacePreposition(tokens[first-1].word) || tokens[first-1].word == "the") {
			first--
		}
		return first, i, i + 2, i + 2
	}
	if !isPlacePreposition(w) || tokens[i].follow != pauseNone {
		return 0, 0, 0, 0
	}
	start = i + 1
	if start < len(tokens) && (tokens[start].word == "the" || tokens[start].word == "our") {
		start++
	}
	if noun := placeNounAfter(tokens, start); noun > 0 {
		return i, start, noun, noun + 1
	}
	if w != "in" && w != "at" && w != "@" {
		return 0, 0, 0, 0
	}
	end = nameEnd(tokens, start)
	return i, start, end, end
}

// placeNounAfter finds "warehouse" after one to three words of a name.
func placeNounAfter(tokens []token, start int) int {
	for j := start; j < len(tokens) && j <= start+maxPlaceWords; j++ {
		if j > start && isPlaceNoun(tokens[j].word) {
			return j
		}
		if tokens[j].follow != pauseNone || isPlacePreposition(tokens[j].word) || tokens[j].span != spanNone || isCode(tokens[j].text) || notPlace(tokens[j].word) {
			return 0
		}
	}
	return 0
}

// nameEnd finds the end of a place's name without a generic noun: words with
// capitals, or one or two words at the end of the clause; 0 when there is none.
func nameEnd(tokens []token, start int) int {
	end := start
	for end < len(tokens) && end < start+maxPlaceWords && isCapitalised(tokens[end].text) && isNameWord(&tokens[end]) {
		end++
		if tokens[end-1].follow != pauseNone {
			break
		}
	}
	if end > start {
		return end
	}
	for end < len(tokens) && end < start+2 && isNameWord(&tokens[end]) {
		end++
		if closesClause(tokens, end) {
			return end
		}
	}
	return 0
}

// closesClause says that nothing but politeness and dates follows.
func closesClause(tokens []token, i int) bool {
	for ; i < len(tokens); i++ {
		if tokens[i-1].follow != pauseNone {
			return true
		}
		if !tokens[i].filler && tokens[i].span == spanNone {
			return false
		}
	}
	return true
}

// isNameWord says that a token can be a word of a place's name.
func isNameWord(t *token) bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	return unicode.IsLetter(r) && t.span == spanNone && !notPlace(t.word) && !isCode(t.text)
}

// isPlaceNumber says that a token numbers a place: "5", "12b", "A".
func isPlaceNumber(t *token) bool {
	w := t.word
	if len(w) > 4 || w == "" || w == "a" && t.text == "a" || w == "i" {
		return false
	}
	return isASCIIDigit(w[0]) || len(w) == 1
}

func isCapitalised(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

func isPlacePreposition(w string) bool {
	switch w {
	case "in", "at", "@", "from", "to", "for", "into":
		return true
	}
	return false
}

// notPlace lists words after "in" and "at" that are no place: "in stock", "in
// total", "in June", "in red", "at the moment".
func notPlace(w string) bool {
	switch w {
	case "stock", "total", "hand", "all", "transit", "inventory", "the", "a", "an", "any", "my", "our", "your", "their", "his", "her", "its",
		"system", "bulk", "box", "boxes", "bags", "packs", "general", "order", "progress", "full", "time", "there", "here", "moment", "minute", "once", "least", "most",
		"what", "where", "which", "this", "that", "these", "those", "it", "case", "store", "warehouse", "shop", "warehouses", "stores", "shops",
		"black", "white", "red", "blue", "green", "grey", "gray", "yellow", "brown", "pink", "orange", "silver",
		"large", "medium", "small", "xl", "size", "colour", "color", "english", "pdf", "excel", "csv", "detail", "short", "house", "person",
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "q1", "q2", "q3", "q4",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend", "week", "month", "days", "morning", "night",
		"we", "you", "i", "they", "have", "has", "do", "is", "are", "and", "or", "not", "left", "please", "get", "me", "us",
		"alerts", "alert", "report", "reports", "more", "some", "another", "of", "need", "know", "see", "be":
		return true
	}
	return false
}
