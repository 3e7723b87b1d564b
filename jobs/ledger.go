package jobs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ferry/app/fault"
	"ferry/sql/queries"
)

// claimRequest asks for a part. lookedUp is the attempt that Twilio's list was
// asked about in vain, 0 for none: only that attempt may be repeated.
type claimRequest struct {
	id       uuid.UUID
	lookedUp int32
}

// claim is the flush of claims. nil stands for a part that does not exist.
func (w *deliverer) claim(ctx context.Context, requests []claimRequest) ([]*part, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	var p queries.ClaimReplyPartsParams
	first := make(map[uuid.UUID]bool, len(requests))
	for _, r := range requests {
		if first[r.id] {
			continue
		}
		first[r.id] = true
		p.Ids = append(p.Ids, r.id)
		p.ResendAttempts = append(p.ResendAttempts, r.lookedUp)
	}
	asked := time.Now()
	rows, err := queries.New(w.base.Pool).ClaimReplyParts(ctx, p)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]queries.ClaimReplyPartsRow, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	parts := make([]*part, len(requests))
	for i, r := range requests {
		row, ok := byID[r.id]
		if !ok {
			continue
		}
		if !first[r.id] { // a second job for one part: the first has it
			row.Claimed, row.Status = false, "sending"
		}
		first[r.id] = false
		parts[i] = &part{ClaimReplyPartsRow: row, claimedAt: asked}
	}
	return parts, nil
}

// sendOutcome is what an attempt came to.
type sendOutcome struct {
	part    *part
	status  string // planned, uncertain, accepted or failed
	sid     string
	code    int
	failure string
	optOut  bool
}

// record stores an outcome, waiting for the database as long as a claim would
// be safe to repeat. An outcome that cannot be stored leaves the part in
// 'sending', from where settle takes it up.
func (w *deliverer) record(ctx context.Context, o sendOutcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*flushTimeout)
	defer cancel()
	if _, err := w.outcomes.Do(ctx, o); err != nil {
		return fmt.Errorf("store send outcome: %w", err)
	}
	if o.status != "accepted" {
		return nil
	}
	if o.part.Part == o.part.Parts {
		w.base.Metrics.ReplyAccepted(time.Since(o.part.AskedAt))
	}
	w.base.Log.Info("response sent", "part_id", o.part.ID, "conversation_id", valueOf(o.part.ConversationID),
		"contact_id", o.part.ContactID, "response_type", o.part.Purpose, "part", o.part.Part, "parts", o.part.Parts)
	return nil
}

// finish is the flush of outcomes: the parts, and the conversations that they
// close, in one transaction. Sorted by id, as the status callbacks are: two
// transactions that meet at the same parts take them in the same order.
func (w *deliverer) finish(ctx context.Context, outcomes []sendOutcome) ([]struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	var (
		rows     queries.FinishReplyPartsParams
		answered []uuid.UUID
		failed   queries.FailConversationsParams
		optedOut []uuid.UUID
	)
	outcomes = slices.Clone(outcomes)
	slices.SortFunc(outcomes, func(a, b sendOutcome) int { return bytes.Compare(a.part.ID[:], b.part.ID[:]) })
	for _, o := range outcomes {
		rows.Ids = append(rows.Ids, o.part.ID)
		rows.Attempts = append(rows.Attempts, o.part.Attempt)
		rows.Statuses = append(rows.Statuses, o.status)
		rows.TwilioSids = append(rows.TwilioSids, o.sid)
		rows.ErrorCodes = append(rows.ErrorCodes, int32(o.code)) //nolint:gosec // Twilio's codes have five digits
		rows.Errors = append(rows.Errors, o.failure)
		conversation := o.part.ConversationID
		if o.optOut {
			optedOut = append(optedOut, o.part.ContactID)
		}
		switch {
		case conversation == nil || o.part.Purpose != string(purposeReply):
		case o.status == "accepted" && o.part.Part == o.part.Parts:
			answered = append(answered, *conversation)
		case o.status == "failed":
			failed.Ids = append(failed.Ids, *conversation)
			failed.Failures = append(failed.Failures, o.failure)
		}
	}
	tx, err := w.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin send transaction: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit it has nothing to do
	q := queries.New(tx)
	if _, err := q.FinishReplyParts(ctx, rows); err != nil {
		return nil, fmt.Errorf("finish reply parts: %w", err)
	}
	if err := closeConversations(ctx, q, answered, failed); err != nil {
		return nil, err
	}
	if len(optedOut) > 0 {
		if err := q.OptOutContacts(ctx, optedOut); err != nil {
			return nil, fmt.Errorf("opt contacts out: %w", err)
		}
	}
	fault.Point(fault.SendStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit send transaction: %w", err)
	}
	fault.Point(fault.SendCommitted)
	return make([]struct{}, len(outcomes)), nil
}

func closeConversations(ctx context.Context, q *queries.Queries, answered []uuid.UUID, failed queries.FailConversationsParams) error {
	if len(answered) > 0 {
		if err := q.AnswerConversations(ctx, answered); err != nil {
			return fmt.Errorf("answer conversations: %w", err)
		}
	}
	if len(failed.Ids) > 0 {
		if err := q.FailConversations(ctx, failed); err != nil {
			return fmt.Errorf("fail conversations: %w", err)
		}
	}
	return nil
}
