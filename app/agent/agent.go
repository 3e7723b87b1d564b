// Package agent holds the background agents: functions from a typed request to
// facts. An agent knows nothing of WhatsApp, of queues or of words; package
// persona tells its result, package jobs runs it. Routes says which agent
// answers which intent, and what it has to know first.
package agent

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/nlp"
)

// Type names an agent, as in agents.type.
type Type string

// The six built-in agents.
const (
	InventoryMonitor Type = "inventory_monitor"
	AlertGenerator   Type = "alert_generator"
	ReportGenerator  Type = "report_generator"
	Reorder          Type = "reorder"
	SupplierMonitor  Type = "supplier_monitor"
	Digest           Type = "digest"
)

// Types lists the built-in agents in the contract's order. Not all of them have
// a Func yet; see Routes.
var Types = []Type{InventoryMonitor, AlertGenerator, ReportGenerator, Reorder, SupplierMonitor, Digest}

// Location is a place of the company, resolved by the caller from the words of
// a message.
type Location struct {
	ID   uuid.UUID
	Name string
}

// Request is all that an agent is told. What a message named in words is
// resolved to ids by then; whether those belong to the company is checked again
// by the statement that reads them.
type Request struct {
	CompanyID uuid.UUID
	Currency  string      // the company's, ISO 4217
	Profile   app.Profile // who asks; the role decides
	Intent    nlp.Intent
	Entities  nlp.Entities
	ProductID *uuid.UUID // the product meant; nil: none
	Location  *Location  // the place meant; nil: none, that is all of them
	// Config is the route's default configuration under the company's own
	// (agents.config). It is only read.
	Config map[string]any
	Now    time.Time // in the person's zone, else the company's: decides what "today" is
}

// Func does the work of one agent for one request. Its errors are app.Errors
// where a person can be told more than that something failed; an error of the
// database is passed on as it is, wrapped.
type Func func(ctx context.Context, r Request) (app.Result, error)

// Registry holds the agents that are built. A Type that is missing cannot be
// run yet.
type Registry map[Type]Func

// authorise checks that the person belongs to the company whose data is about
// to be read, and has the role that the intent needs.
func (r Request) authorise() error {
	if r.Profile.CompanyID != r.CompanyID || !r.Profile.Role.Allows(Routes[r.Intent].Role) {
		return &app.Error{Kind: app.Forbidden, Reply: app.TextPermission, Err: errors.New("the person's role does not allow this")}
	}
	return nil
}

// expect refuses an intent that the agent does not serve: the caller's routing
// is wrong.
func (r Request) expect(intent nlp.Intent) error {
	if r.Intent != intent {
		return app.Errorf(app.Internal, "agent for %s was asked for %q", intent, r.Intent)
	}
	return r.authorise()
}

// midnight is a calendar day as a time: its midnight in UTC, which is how
// Postgres's DATE is read and written too. Only its year, month and day count.
func midnight(d nlp.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// latestDay is the newest calendar day that has begun anywhere on earth at the
// moment t. Sales beyond it are slips of the pen. It depends on nobody's zone,
// so that what is worked out for one person holds for all of the company.
func latestDay(t time.Time) time.Time {
	const easternmost = 14 * time.Hour // UTC+14, Kiritimati
	return midnight(nlp.DateOf(t.UTC().Add(easternmost)))
}
