package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"ferry/app"
	"ferry/app/agent"
	"ferry/app/gather"
	"ferry/persona"
	"ferry/sql/queries"
)

// batch is one transaction of the inbox: the contacts it holds, and the rows
// it is going to write.
type batch struct {
	inbox *Inbox
	tx    pgx.Tx

	byAddress map[string]*sender
	byUserID  map[string]*sender
	held      []*sender // each once
	receipts  map[string]app.Receipt
	now       time.Time // the database's clock, the same for every process

	conversations queries.InsertConversationsParams
	executions    queries.InsertExecutionsParams
	executes      []river.InsertManyParams
	replies       []reply
	log           [][]any
}

// lock takes the senders' contacts, adding the ones who write for the first
// time, and looks up which SIDs are known already.
func (b *batch) lock(ctx context.Context, messages []app.Message) error {
	q := queries.New(b.tx)
	var want queries.LockContactsParams
	sids := make([]string, len(messages))
	for i, m := range messages {
		sids[i] = m.SID
		want.Addresses = append(want.Addresses, string(m.From))
		if m.UserID != "" || m.From.IsUserID() {
			want.UserIds = append(want.UserIds, string(cmp.Or(m.UserID, m.From)))
		}
	}
	b.byAddress, b.byUserID = make(map[string]*sender, len(messages)), map[string]*sender{}
	if err := b.hold(ctx, q, want); err != nil {
		return err
	}
	if added, err := b.addStrangers(ctx, q, messages); err != nil {
		return err
	} else if len(added) > 0 {
		if err := b.hold(ctx, q, queries.LockContactsParams{Addresses: added}); err != nil {
			return err
		}
	}
	known, err := q.KnownMessages(ctx, sids)
	if err != nil {
		return fmt.Errorf("look up known messages: %w", err)
	}
	b.receipts = make(map[string]app.Receipt, len(messages))
	for _, k := range known {
		b.receipts[k.MessageSID] = app.Receipt{
			ConversationID: k.ID, ExecutionID: k.ExecutionID, Duplicate: true,
		}
	}
	return nil
}

func (b *batch) hold(ctx context.Context, q *queries.Queries, want queries.LockContactsParams) error {
	rows, err := q.LockContacts(ctx, want)
	if err != nil {
		return fmt.Errorf("lock contacts: %w", err)
	}
	for _, row := range rows {
		s := senderOf(row)
		b.held = append(b.held, s)
		b.now = row.LockedAt
		b.byAddress[s.address] = s
		if s.userID != "" {
			b.byUserID[s.userID] = s
		}
	}
	return nil
}

// find returns the sender of a message, or nil when the contact is locked by
// another process. A number is who owns it, whatever user id comes along. A
// user id without a number stands for whoever last wrote with both.
func (b *batch) find(m app.Message) *sender {
	if m.From.IsUserID() {
		if s := b.byUserID[string(m.From)]; s != nil {
			return s
		}
	}
	return b.byAddress[string(m.From)]
}

// moveUserID gives a user id to the sender whose message brought it, and takes
// it from whoever had it.
func (b *batch) moveUserID(s *sender) {
	if s.userID == "" {
		return
	}
	if former := b.byUserID[s.userID]; former != nil && former != s {
		former.userID = ""
	}
	b.byUserID[s.userID] = s
}

func (b *batch) addStrangers(ctx context.Context, q *queries.Queries, messages []app.Message) ([]string, error) {
	var p queries.AddContactsParams
	asked := map[app.Address]bool{}
	for _, m := range messages {
		if b.find(m) != nil || asked[m.From] {
			continue
		}
		asked[m.From] = true
		phone, ok := m.From.Phone()
		if !ok {
			phone = ""
		}
		p.Ids = append(p.Ids, newID())
		p.Addresses = append(p.Addresses, string(m.From))
		p.PhoneNumbers = append(p.PhoneNumbers, phone)
		p.ProfileNames = append(p.ProfileNames, m.ProfileName)
	}
	if len(p.Ids) == 0 {
		return nil, nil
	}
	added, err := q.AddContacts(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("add contacts: %w", err)
	}
	return added, nil
}

// take decides about one message and notes the rows that follow from it.
func (b *batch) take(m app.Message) gather.Outcome[app.Receipt] {
	if receipt, known := b.receipts[m.SID]; known {
		receipt.Duplicate = true
		return gather.Outcome[app.Receipt]{Value: receipt}
	}
	s := b.find(m)
	if s == nil || s.carried {
		return gather.Outcome[app.Receipt]{Carry: true}
	}
	var co *company
	if s.known() {
		if co = b.inbox.directory.at(s.companyID, s.catalogueVersion); co == nil {
			s.carried = true // the person's later messages must not overtake this one
			return gather.Outcome[app.Receipt]{Carry: true}
		}
	}
	s.writes(m)
	b.moveUserID(s)
	d := b.inbox.decide(m, s, co, b.now)
	receipt := app.Receipt{
		ConversationID: newID(), ExecutionID: newID(),
		RateLimited: d.failure == refusedRateLimit, Refused: d.state == stateRefused,
	}
	if err := b.note(m, s, d, receipt); err != nil {
		return gather.Outcome[app.Receipt]{Err: err}
	}
	b.receipts[m.SID] = receipt
	return gather.Outcome[app.Receipt]{Value: receipt}
}

// note turns a decision into rows.
func (b *batch) note(m app.Message, s *sender, d decision, r app.Receipt) error {
	details, err := jsonOrNull(m.Details, len(m.Details) == 0)
	if err != nil {
		return fmt.Errorf("encode message details: %w", err)
	}
	if d.say != nil {
		text, err := persona.Render(s.persona, d.say, s.location())
		if err != nil {
			return fmt.Errorf("render %s: %w", d.say.Template(), err)
		}
		b.replies = append(b.replies, reply{
			conversationID: r.ConversationID, contactID: s.contactID, purpose: d.purpose(),
			text: text, priority: agent.RiverPriority(agent.Priority(s.persona, "")), at: b.now,
		})
	}
	if d.run != nil {
		if err := b.noteRun(s, d, r); err != nil {
			return err
		}
	}
	c := &b.conversations
	c.Ids = append(c.Ids, r.ConversationID)
	c.PhoneNumbers = append(c.PhoneNumbers, s.phone)
	c.UserIds = append(c.UserIds, s.profileID)
	c.MessageSids = append(c.MessageSids, m.SID)
	c.MessageBodies = append(c.MessageBodies, m.Body)
	c.IntentTypes = append(c.IntentTypes, string(d.intent))
	c.IntentConfidences = append(c.IntentConfidences, d.confidence)
	c.Entities = append(c.Entities, d.entities)
	c.ExecutionIds = append(c.ExecutionIds, r.ExecutionID)
	c.CreatedAt = append(c.CreatedAt, b.now)
	c.CompanyIds = append(c.CompanyIds, s.companyID)
	c.ContactIds = append(c.ContactIds, s.contactID)
	c.Kinds = append(c.Kinds, string(m.Kind))
	c.RawBodies = append(c.RawBodies, m.RawBody)
	c.Details = append(c.Details, details)
	c.Traces = append(c.Traces, d.trace)
	c.States = append(c.States, d.state)
	c.Failures = append(c.Failures, d.failure)
	b.log = append(b.log, []any{
		"message_sid", m.SID, "conversation_id", r.ConversationID, "contact_id", s.contactID,
		"intent", d.intent, "confidence", d.confidence, "state", d.state,
	})
	return nil
}

func (b *batch) noteRun(s *sender, d decision, r app.Receipt) error {
	d.run.Persona = s.persona
	d.run.ExecutionID = r.ExecutionID
	packed, err := json.Marshal(d.run)
	if err != nil {
		return fmt.Errorf("encode execution context: %w", err)
	}
	if b.inbox.ack == AckImmediate {
		ack, err := acknowledgement(s.persona)
		if err != nil {
			return err
		}
		ack.conversationID, ack.contactID, ack.at = r.ConversationID, s.contactID, b.now
		b.replies = append(b.replies, ack)
	}
	priority := agent.Priority(s.persona, d.agent)
	e := &b.executions
	e.Ids = append(e.Ids, r.ExecutionID)
	e.AgentIds = append(e.AgentIds, d.agentID)
	e.Priorities = append(e.Priorities, int32(priority)) //nolint:gosec // 0 to 10
	e.Contexts = append(e.Contexts, packed)
	e.CreatedAt = append(e.CreatedAt, b.now)
	e.CompanyIds = append(e.CompanyIds, s.companyID)
	e.ConversationIds = append(e.ConversationIds, r.ConversationID)
	e.Deadlines = append(e.Deadlines, b.now.Add(replyDeadline))
	b.executes = append(b.executes, river.InsertManyParams{
		Args: ExecuteArgs{ExecutionID: r.ExecutionID},
		InsertOpts: &river.InsertOpts{
			Queue: queueOf(d.agent), Priority: agent.RiverPriority(priority), MaxAttempts: maxAttempts,
		},
	})
	return nil
}

// errSecondWriter cannot happen while a SID belongs to one sender, whose
// contact is locked. The message is then stored by somebody else.
var errSecondWriter = errors.New("a message of this batch was stored by somebody else")

// store writes everything that was noted.
func (b *batch) store(ctx context.Context) error {
	if len(b.conversations.Ids) == 0 {
		return nil
	}
	q := queries.New(b.tx)
	stored, err := q.InsertConversations(ctx, b.conversations)
	if err != nil {
		return fmt.Errorf("insert conversations: %w", err)
	}
	if int(stored) != len(b.conversations.Ids) {
		return errSecondWriter
	}
	if len(b.executions.Ids) > 0 {
		if err := q.InsertExecutions(ctx, b.executions); err != nil {
			return fmt.Errorf("insert executions: %w", err)
		}
		if _, err := b.inbox.base.River.InsertManyTx(ctx, b.tx, b.executes); err != nil {
			return fmt.Errorf("insert execute jobs: %w", err)
		}
	}
	if err := planReplies(ctx, b.tx, b.inbox.base.River, b.replies); err != nil {
		return err
	}
	return b.touch(ctx, q)
}

// touch writes back the senders who wrote.
func (b *batch) touch(ctx context.Context, q *queries.Queries) error {
	var p queries.TouchContactsParams
	var moved []string
	for _, s := range b.held {
		if !s.wrote {
			continue
		}
		if s.userID != s.hadUserID {
			moved = append(moved, s.userID)
		}
		p.Ids = append(p.Ids, s.contactID)
		p.LastInboundAt = append(p.LastInboundAt, b.now)
		p.RecentInbound = append(p.RecentInbound, s.recent.encode())
		p.NoticedAt = append(p.NoticedAt, s.noticedAt)
		p.RepliesTo = append(p.RepliesTo, s.replyTo)
		p.WAUserIds = append(p.WAUserIds, s.userID)
		p.ProfileNames = append(p.ProfileNames, s.profileName)
	}
	if len(moved) > 0 {
		if err := q.ReleaseUserIDs(ctx, moved); err != nil {
			return fmt.Errorf("release user ids: %w", err)
		}
	}
	if err := q.TouchContacts(ctx, p); err != nil {
		return fmt.Errorf("touch contacts: %w", err)
	}
	return nil
}

func jsonOrNull(v any, null bool) (json.RawMessage, error) {
	if null {
		return nil, nil
	}
	return json.Marshal(v)
}

func valueOf[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// nobody is the id that queries read as NULL.
var nobody uuid.UUID
