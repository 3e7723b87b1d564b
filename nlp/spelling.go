package nlp

// commandWords lists the words that are mended when misspelt. They are long
// enough that an added, lost or swapped letter seldom makes another word.
func commandWords() []string {
	return []string{
		"stock", "inventory", "reorder", "order", "alerts", "acknowledge", "report", "generate", "check",
		"critical", "supplier", "financial", "yesterday", "purchase", "help", "show",
	}
}

// mendCommands corrects slips in command words, in the tokens' folded form
// only, and lists them as "chekc=check"; nil when there were none.
func mendCommands(tokens []token, known map[string]bool) []string {
	var slips []string
	for i := range tokens {
		t := &tokens[i]
		if len(t.word) < 4 || len(t.word) > 13 || t.filler || t.span != spanNone || known[t.word] {
			continue
		}
		for _, c := range commandWords() {
			if isSlip(t.word, c) {
				slips = append(slips, t.word+"="+c)
				t.word = c
				break
			}
		}
	}
	return slips
}

// isSlip says that typed is want with one letter added, lost or swapped with
// its neighbour. A changed letter does not count: it makes "stick" of "stock".
func isSlip(typed, want string) bool {
	if typed == want || len(typed) < 3 {
		return false
	}
	switch len(typed) - len(want) {
	case 0:
		for i := range len(want) - 1 {
			if typed[i] != want[i] {
				return typed[i] == want[i+1] && typed[i+1] == want[i] && typed[i+2:] == want[i+2:]
			}
		}
	case 1: // not at the end: "purchased" is no slip of "purchase"
		return typed[0] == want[0] && typed[:len(want)] != want && lostOne(want, typed)
	case -1:
		return typed[0] == want[0] && lostOne(typed, want)
	}
	return false
}

// lostOne says that short is long without one of its letters.
func lostOne(short, long string) bool {
	i := 0
	for i < len(short) && short[i] == long[i] {
		i++
	}
	return short[i:] == long[i+1:]
}
