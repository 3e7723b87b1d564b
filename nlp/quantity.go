package nlp

// readQuantity takes how many to order: a number that stands first ("50
// ABC123", "two dozen of the mugs"), that is marked ("ABC123 x50", "qty 50",
// "mugs, 50 units") or that stands last ("ABC123 50"). A number with a measure
// ("500 mg") belongs to the product.
func (r *reader) readQuantity(m *match) {
	start, end := m.slotStart, m.slotEnd
	if end <= start {
		start, end = m.start, m.end
	}
	tokens := r.sentence.tokens
	from := m.start
	for from < start { // "need 50 more ABC123": the number stands in the template
		if n, size := numberAt(tokens[:start], from); size > 0 {
			r.setQuantity(n, from, from+size)
			return
		}
		from++
	}
	lead := start
	for lead < end && leadsQuantity(tokens[lead].word) {
		lead++
	}
	if n, size := numberAt(tokens[:end], lead); size > 0 && !r.isProductNumber(lead+size, end) {
		r.setQuantity(n, lead, r.skipCounter(lead+size, end))
		return
	}
	for i := lead + 1; i < end; i++ {
		if r.taken[i] || tokens[i].span != spanNone {
			continue
		}
		n, size := numberAt(tokens[:end], i)
		if size == 0 {
			continue
		}
		stop := r.skipCounter(i+size, end)
		if r.isMarked(i, i+size, stop) || (r.endsSlot(stop, end) && !r.isProductNumber(i+size, end)) {
			if w := tokens[i-1].word; w == "x" || w == "qty" || w == "quantity" {
				r.taken[i-1] = true
			}
			r.setQuantity(n, i, stop)
			return
		}
		i += size - 1
	}
}

func (r *reader) setQuantity(n, start, end int) {
	r.cut("quantity", start, end)
	r.entities.Quantity = &n
}

// leadsQuantity lists words before a leading quantity.
func leadsQuantity(w string) bool {
	switch w {
	case "another", "more", "about", "approx", "around", "qty", "quantity", "of", "up", "to", "for", "us", "me", "in", "some", "extra", "the", "with", "x":
		return true
	}
	return false
}

// isProductNumber says that the number before tokens[next] is a size: it has a
// measure and no "of" ("500 mg", but "20 kg of flour").
func (r *reader) isProductNumber(next, end int) bool {
	tokens := r.sentence.tokens
	if next >= end || tokens[next-1].follow != pauseNone || !isMeasure(tokens[next].word) {
		return false
	}
	return next+1 >= end || tokens[next+1].word != "of"
}

// isMarked says that the number at [i,next) is called a quantity outright.
func (r *reader) isMarked(i, next, stop int) bool {
	tokens := r.sentence.tokens
	prev := tokens[i-1]
	first := tokens[i].word
	return prev.word == "x" || prev.word == "qty" || prev.word == "quantity" ||
		first[0] == 'x' || (first[len(first)-1] == 'x' && isASCIIDigit(first[0])) ||
		(prev.follow == pauseSoft && (stop > next || r.endsSlot(stop, len(tokens)))) ||
		(stop > next && r.endsSlot(stop, len(tokens)))
}

// endsSlot says that only politeness and spotted entities follow before end.
func (r *reader) endsSlot(i, end int) bool {
	tokens := r.sentence.tokens
	for ; i < end; i++ {
		if tokens[i-1].follow == pauseFull {
			return true
		}
		if !tokens[i].filler && tokens[i].span == spanNone && !r.taken[i] {
			return false
		}
	}
	return true
}

// skipCounter goes past what counts and is no part of the product: "pcs",
// "x", "bags of", "more".
func (r *reader) skipCounter(i, end int) int {
	tokens := r.sentence.tokens
	for i < end && tokens[i-1].follow == pauseNone {
		w := tokens[i].word
		last := i+1 >= end || tokens[i].follow != pauseNone || r.endsSlot(i+1, end)
		switch {
		case isCounter(w), w == "more", w == "of", w == "extra":
		case (isPack(w) || isMeasure(w)) && (last || tokens[i+1].word == "of"):
		default:
			return i
		}
		i++
	}
	return i
}
