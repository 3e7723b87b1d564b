package sim

import (
	"strings"

	"ferry/app"
)

// Person is somebody with a phone.
type Person struct {
	Phone    string      `json:"phone"` // E.164
	Name     string      `json:"name"`
	Persona  app.Persona `json:"persona"`  // "" for somebody whom the company does not know
	Role     app.Role    `json:"role"`     // "" likewise
	Language string      `json:"language"` // en, es, pt or hi
}

// Known says that the company knows the person.
func (p Person) Known() bool { return p.Role != "" }

// Tag is what a list says beside the name: the persona, and a language other
// than English.
func (p Person) Tag() string {
	switch {
	case !p.Known():
		return "not registered"
	case p.Language == "" || p.Language == "en":
		return string(p.Persona)
	default:
		return string(p.Persona) + " · " + p.Language
	}
}

// About says who the person is: what they may do, and what they wish.
func (p Person) About() string {
	if !p.Known() {
		return p.Wish()
	}
	return string(p.Role) + " · " + p.Wish()
}

// Wish says in a few words how the person wants to be answered.
func (p Person) Wish() string {
	if !p.Known() {
		return "writes from a number that the company does not know"
	}
	switch p.Persona {
	case app.PersonaStreamliner:
		return "wants the figures and nothing else"
	case app.PersonaNavigator:
		return "wants figures, reasons and next steps"
	case app.PersonaHub:
		return "looks at all places at once"
	case app.PersonaSpring:
		return "is learning, and wants things explained"
	case app.PersonaProcessor:
		return "reads records, as a machine would"
	case app.PersonaDefault:
		return "has chosen no persona"
	}
	return ""
}

// Initials are one or two letters for a picture.
func (p Person) Initials() string {
	if !p.Known() {
		return "?"
	}
	var initials []rune
	for word := range strings.FieldsSeq(p.Name) {
		if len(initials) < 2 {
			initials = append(initials, []rune(word)[0])
		}
	}
	return string(initials)
}

// phoneNumber mends a number as an address bar or a shell hands it over: a plus
// sign that turned into a space or was left out, and spaces between groups.
func phoneNumber(s string) string {
	digits := strings.TrimPrefix(strings.ReplaceAll(s, " ", ""), "+")
	if digits == "" {
		return ""
	}
	return "+" + digits
}
