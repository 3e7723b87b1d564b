package jobs

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/app/agent"
	"ferry/nlp"
)

// The states of a conversation row that the inbox writes.
const (
	stateOpen    = "open"
	stateRefused = "refused"
)

// Why a message was refused.
const (
	refusedRateLimit = "rate limit"
	refusedUnknown   = "unknown sender"
)

// Who was refused is told so once in this time, and hears nothing more.
const (
	rateNoticeEvery    = rateWindow
	unknownNoticeEvery = 24 * time.Hour
)

// decision is what one message leads to: a run of an agent, something to say,
// or neither.
type decision struct {
	intent     nlp.Intent
	confidence float64
	entities   json.RawMessage
	trace      json.RawMessage

	state   string
	failure string // with stateRefused: why

	run     *runContext // the agent's task; nil: none runs
	agent   agent.Type
	agentID uuid.UUID
	say     app.Result // the answer itself; nil: the agent's, or silence
}

func (d decision) purpose() purpose {
	if d.state == stateRefused {
		return purposeNotice
	}
	return purposeReply
}

// decide reads a message. It is pure but for the sender, whose rate log and
// notices it keeps: the caller holds the sender's lock. co is nil exactly when
// the sender is nobody's.
func (in *Inbox) decide(m app.Message, s *sender, co *company, now time.Time) decision {
	switch {
	case !s.known():
		return refuse(s, now, refusedUnknown, app.TextUnknownSender, unknownNoticeEvery)
	case !s.recent.allow(now, in.rateLimit):
		return refuse(s, now, refusedRateLimit, app.TextRateLimited, rateNoticeEvery)
	}
	parsed := nlp.Parse(m.Body, nlp.Clock{Now: now.In(s.location()), WeekStart: s.weekStart}).Settle(co.products)
	d := answer(parsed, s, co)
	d.intent, d.confidence = parsed.Intent, parsed.Confidence
	d.entities, d.trace = pack(parsed.Entities), pack(parsed.Trace)
	if d.run != nil {
		d.run.Source, d.run.Intent, d.run.Entities = "whatsapp", parsed.Intent, d.entities
	}
	d.state = stateOpen
	return d
}

// refuse records a message without acting on it.
func refuse(s *sender, now time.Time, why string, text app.ErrorText, every time.Duration) decision {
	d := decision{state: stateRefused, failure: why}
	if now.Sub(s.noticedAt) >= every {
		s.noticedAt = now
		d.say = app.Trouble{Text: text}
	}
	return d
}

// answer turns an understood text into a task for an agent, or into words.
func answer(p nlp.Result, s *sender, co *company) decision {
	route := agent.Routes[p.Intent]
	switch route.Handling {
	case agent.Directly:
		if p.Intent == nlp.Help {
			return decision{say: app.HelpResult{}}
		}
		return decision{say: app.Trouble{Text: app.TextUnknownCommand}}
	case agent.NotYet:
		return decision{say: app.NotYet{Intent: string(p.Intent)}}
	case agent.ByAgent:
	}
	if !s.role.Allows(route.Role) {
		return decision{say: app.Trouble{Text: app.TextPermission}}
	}
	if missing, ok := route.Missing(p.Entities); ok {
		return decision{say: app.Trouble{Text: app.TextMissingEntity, Missing: string(missing)}}
	}
	run := &runContext{}
	if say := resolve(run, p.Entities, co); say != nil {
		return decision{say: say}
	}
	return decision{run: run, agent: route.Agent, agentID: co.agents[route.Agent]}
}

// resolve looks the words of a message up in the company's own names. A word
// that names nothing is answered, never ignored: "how many in Leads" must not
// be told the stock of all places.
func resolve(run *runContext, e nlp.Entities, co *company) app.Result {
	if words := productWords(e); words != "" {
		found := co.products.Resolve(words)
		if found.Item == nil {
			return app.ProductUnknown{Asked: words, Nearest: refsOf(found.Nearest)}
		}
		id := uuid.UUID(found.Item.ID)
		run.ProductID = &id
	}
	if e.Location != "" {
		place, _ := co.places.Resolve(e.Location)
		if place == "" {
			return app.PlaceUnknown{Asked: e.Location, Places: co.placeNames}
		}
		id := co.placeIDs[place]
		run.LocationID, run.Location = &id, place
	}
	return nil
}

func productWords(e nlp.Entities) string {
	if e.SKU != "" {
		return e.SKU
	}
	return e.Product
}

func refsOf(items []nlp.Item) []app.ProductRef {
	refs := make([]app.ProductRef, len(items))
	for i, it := range items {
		refs[i] = app.ProductRef{SKU: it.SKU, Name: it.Name}
	}
	return refs
}

// pack encodes a value of ours, which cannot fail.
func pack(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

// queueOf says where an agent's runs wait.
func queueOf(t agent.Type) string {
	if t == agent.ReportGenerator {
		return QueueReports
	}
	return QueueInteractive
}
