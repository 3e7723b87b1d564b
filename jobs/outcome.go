package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/app/agent"
	"ferry/app/fault"
	"ferry/persona"
	"ferry/sql/queries"
)

// claim is the flush of claims: one statement marks many runs as processing
// and reads all that they need.
func (w *executor) claim(ctx context.Context, ids []uuid.UUID) ([]runClaim, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	rows, err := queries.New(w.queue).ClaimExecutions(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*queries.ClaimExecutionsRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	claims := make([]runClaim, len(ids))
	taken := make(map[uuid.UUID]bool, len(ids))
	for i, id := range ids {
		claims[i] = runClaim{row: byID[id], busy: taken[id]}
		taken[id] = true
	}
	return claims, nil
}

// executionOutcome is how a claimed run ended: with a result, or with an error
// and the result that tells the person about it.
type executionOutcome struct {
	claim  *queries.ClaimExecutionsRow
	result app.Result
	err    error

	packed json.RawMessage // result as stored
	text   string          // result as told; "" when nobody asked
}

// render works out what is stored and told, before anything is shared with
// other runs.
func (o *executionOutcome) render() error {
	var err error
	if o.packed, err = json.Marshal(o.result); err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if o.claim.ConversationID == nil || o.claim.ContactID == nil {
		return nil
	}
	o.text, err = persona.Render(personaOf(o.claim), o.result, zone(timeZoneOf(o.claim)))
	if err != nil {
		return fmt.Errorf("render %s: %w", o.result.Template(), err)
	}
	return nil
}

// maxFailure bounds a stored error: it is for operators to read.
const maxFailure = 2000

func (o *executionOutcome) failure() string {
	if o.err == nil {
		return ""
	}
	text, _ := app.CleanText(o.err.Error())
	return text[:min(len(text), maxFailure)]
}

// reply is the answer of a run; its contact is nobody when nobody asked.
func (o *executionOutcome) reply() reply {
	if o.text == "" {
		return reply{}
	}
	return reply{
		conversationID: *o.claim.ConversationID, contactID: *o.claim.ContactID, purpose: purposeReply,
		text: o.text, priority: agent.RiverPriority(int(valueOf(o.claim.Priority))), at: o.claim.ClaimedAt,
	}
}

// finish is the flush of outcomes: results, replies and send jobs of many runs
// in one transaction. false means that a run was overtaken.
func (w *executor) finish(ctx context.Context, outcomes []executionOutcome) ([]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	tx, err := w.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin outcome transaction: %w", err)
	}
	defer rollback(ctx, tx)
	q := queries.New(tx)
	finished, err := q.FinishExecutions(ctx, packOutcomes(outcomes))
	if err != nil {
		return nil, fmt.Errorf("finish executions: %w", err)
	}
	attempts := make(map[uuid.UUID]int32, len(finished))
	for _, f := range finished {
		attempts[f.ID] = f.Attempt
	}
	stored := make([]bool, len(outcomes))
	var replies []reply
	var answered []uuid.UUID
	for i, o := range outcomes {
		attempt, ok := attempts[o.claim.ID]
		stored[i] = ok && attempt == o.claim.Attempt
		if r := o.reply(); stored[i] && r.contactID != nobody {
			replies, answered = append(replies, r), append(answered, r.conversationID)
		}
	}
	if w.acks && len(answered) > 0 {
		if err := q.SupersedeAcknowledgements(ctx, answered); err != nil {
			return nil, fmt.Errorf("supersede acknowledgements: %w", err)
		}
	}
	if err := planReplies(ctx, tx, w.base.River, replies); err != nil {
		return nil, err
	}
	fault.Point(fault.RunStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit outcome transaction: %w", err)
	}
	fault.Point(fault.RunCommitted)
	return stored, nil
}

func packOutcomes(outcomes []executionOutcome) (rows queries.FinishExecutionsParams) {
	for _, o := range outcomes {
		status := "completed"
		if o.err != nil {
			status = "failed"
		}
		rows.Ids = append(rows.Ids, o.claim.ID)
		rows.Attempts = append(rows.Attempts, o.claim.Attempt)
		rows.Statuses = append(rows.Statuses, status)
		rows.Results = append(rows.Results, o.packed)
		rows.Errors = append(rows.Errors, o.failure())
	}
	return rows
}
