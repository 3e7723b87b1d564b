package nlp

// isTrapSlot says that what stands in the product's place is no product:
// "how many sales", "how much is it".
func isTrapSlot(intent Intent, s *sentence, m *match) bool {
	if intent != CheckInventory && intent != ReorderStock {
		return false
	}
	start, end := m.slotStart, m.slotEnd
	for start < end && (isArticle(s.tokens[start].word) || isNumber(s.tokens[start].word)) {
		start++
	}
	if start == end {
		return false
	}
	first := s.tokens[start].word
	if intent == CheckInventory && endsProduct(first) {
		return true
	}
	to := start + 1
	for to < end && s.tokens[to].span == spanNone && !s.breaksProduct(to, start, end) {
		to++
	}
	for to > start+1 && (isTrailer(s.tokens[to-1].word) || s.tokens[to-1].filler) {
		to--
	}
	// "price labels" are a product, "labels price" and "time left" are not.
	return isNotProduct(s.tokens[to-1].word) || (isNotProduct(first) && s.tokens[start].follow != pauseNone)
}

// breaksProduct says that the product that began at start ends before tokens[i].
func (s *sentence) breaksProduct(i, start, end int) bool {
	tokens := s.tokens
	if i == start {
		return false
	}
	if tokens[i-1].follow == pauseFull || endsProduct(tokens[i].word) {
		return true
	}
	if i+1 >= end {
		return false
	}
	next := tokens[i+1].word
	switch tokens[i].word {
	case "and":
		return beginsCommand(next)
	case "or":
		return next == "not" || next == "no" || endsProduct(next)
	}
	return false
}
