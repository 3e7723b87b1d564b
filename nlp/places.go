package nlp

// Places finds a company's places by what people call them: "leeds", "the
// Leeds store", "store 5", with typos. It is safe for concurrent use.
type Places struct{ names *Catalogue }

// NewPlaces builds an index over the names of places.
func NewPlaces(names []string) *Places {
	items := make([]Item, len(names))
	for i, name := range names {
		items[i].Name = name
		if short := withoutPlaceNoun(name); short != name {
			items[i].Aliases = []string{short}
		}
	}
	return &Places{names: NewCatalogue(items)}
}

// Resolve gives the place that words mean, or "" and the nearest ones, best
// first, at most 3.
func (p *Places) Resolve(words string) (place string, nearest []string) {
	found := p.names.Resolve(words)
	if found.Item == nil {
		if short := withoutPlaceNoun(words); short != words {
			if again := p.names.Resolve(short); again.Item != nil || len(found.Nearest) == 0 {
				found = again
			}
		}
	}
	if found.Item != nil {
		return found.Item.Name, nil
	}
	for _, item := range found.Nearest {
		nearest = append(nearest, item.Name)
	}
	return "", nearest
}

// withoutPlaceNoun drops "warehouse" and the like from a name, unless only a
// number or nothing would be left ("store 5").
func withoutPlaceNoun(name string) string {
	tokens := tokenize(name)
	kept := tokens[:0:0]
	for _, t := range tokens {
		if !isPlaceNoun(t.word) && t.word != "the" {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 || len(kept) == len(tokens) || (len(kept) == 1 && isPlaceNumber(&kept[0])) {
		return name
	}
	short := ""
	for i, t := range kept {
		if i > 0 {
			short += " "
		}
		short += t.text
	}
	return short
}
