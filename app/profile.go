package app

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Persona is how a person wants to be spoken to. It changes words, never facts.
type Persona string

// The seed's five personas, and the default for a person without one.
const (
	PersonaDefault     Persona = "default"
	PersonaStreamliner Persona = "streamliner" // speed: the figures and nothing else
	PersonaNavigator   Persona = "navigator"   // analysis: figures, reasons, next steps
	PersonaHub         Persona = "hub"         // all places of the company at once
	PersonaSpring      Persona = "spring"      // a learner: figures with an explanation
	PersonaProcessor   Persona = "processor"   // a parseable record
)

// Personas lists every persona, the default first.
var Personas = []Persona{PersonaDefault, PersonaStreamliner, PersonaNavigator, PersonaHub, PersonaSpring, PersonaProcessor}

// ParsePersona reads a persona; the empty text is the default.
func ParsePersona(s string) (Persona, error) {
	if s == "" {
		return PersonaDefault, nil
	}
	if p := Persona(s); slices.Contains(Personas, p) {
		return p, nil
	}
	return "", fmt.Errorf("unknown persona %q: want one of %v", s, Personas)
}

// Role is what a person may do; each role includes the ones before it.
type Role string

// The roles, weakest first.
const (
	RoleViewer   Role = "viewer"   // asks
	RoleOperator Role = "operator" // also updates stock, handles alerts, runs agents, proposes orders
	RoleManager  Role = "manager"  // also confirms orders
	RoleAdmin    Role = "admin"    // also stops agents and manages people
)

// Roles lists every role, weakest first.
var Roles = []Role{RoleViewer, RoleOperator, RoleManager, RoleAdmin}

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles, r) {
		return r, nil
	}
	return "", fmt.Errorf("unknown role %q: want one of %v", s, Roles)
}

// Allows says that r may do what needs the role need.
func (r Role) Allows(need Role) bool {
	return slices.Index(Roles, r) >= slices.Index(Roles, need) && slices.Contains(Roles, r)
}

// Profile is a registered person of a company.
type Profile struct {
	ID        uuid.UUID
	CompanyID uuid.UUID
	Name      string
	Email     string
	Role      Role
	Persona   Persona
	TimeZone  string // IANA, e.g. "Europe/London"; "" means the company's
	Language  string // BCP 47 primary tag: en, es, pt, hi; "" means en
}
