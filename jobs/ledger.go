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
		parts[i] = &part{ClaimReplyPartsRow: row, claimedAt: asked, busy: !first[r.id]}
		first[r.id] = false
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

// record stores an outcome. One that cannot be stored leaves the part in
// 'sending', from where settle takes it up; so does one that came too late,
// with errOvertaken.
func (w *deliverer) record(ctx context.Context, o sendOutcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*flushTimeout)
	defer cancel()
	stored, err := w.outcomes.Do(ctx, o)
	switch {
	case err != nil:
		return fmt.Errorf("store send outcome: %w", err)
	case !stored:
		return errOvertaken
	case o.status != "accepted" || o.part.accepted(): // the latter was told before
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
// close, in one transaction. false means that the part had moved on. Sorted by
// id, as the status callbacks are, so that two transactions that meet at the
// same parts seldom take them in opposite order; when they do, one is tried
// again.
func (w *deliverer) finish(ctx context.Context, outcomes []sendOutcome) ([]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	tx, err := w.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin send transaction: %w", err)
	}
	defer rollback(ctx, tx)
	q := queries.New(tx)
	finished, err := q.FinishReplyParts(ctx, packSends(outcomes))
	if err != nil {
		return nil, fmt.Errorf("finish reply parts: %w", err)
	}
	status := make(map[uuid.UUID]string, len(finished))
	for _, f := range finished {
		status[f.ID] = f.Status
	}
	stored := make([]bool, len(outcomes))
	var written []sendOutcome
	for i, o := range outcomes {
		now, ok := status[o.part.ID]
		stored[i] = ok
		// An acceptance is one of ours even when a callback has said more.
		if ok && (o.status == "accepted" || now == o.status) {
			written = append(written, o)
		}
	}
	if err := closeReplies(ctx, q, written); err != nil {
		return nil, err
	}
	fault.Point(fault.SendStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit send transaction: %w", err)
	}
	fault.Point(fault.SendCommitted)
	return stored, nil
}

func packSends(outcomes []sendOutcome) (rows queries.FinishReplyPartsParams) {
	outcomes = slices.Clone(outcomes)
	slices.SortFunc(outcomes, func(a, b sendOutcome) int { return bytes.Compare(a.part.ID[:], b.part.ID[:]) })
	for _, o := range outcomes {
		rows.Ids = append(rows.Ids, o.part.ID)
		rows.Attempts = append(rows.Attempts, o.part.Attempt)
		rows.Statuses = append(rows.Statuses, o.status)
		rows.TwilioSids = append(rows.TwilioSids, o.sid)
		rows.ErrorCodes = append(rows.ErrorCodes, int32(o.code)) //nolint:gosec // Twilio's codes have five digits
		rows.Errors = append(rows.Errors, o.failure)
	}
	return rows
}

// closeReplies carries the fate of parts over to the messages they answer, and
// to the people who do not want to hear from us.
func closeReplies(ctx context.Context, q *queries.Queries, written []sendOutcome) error {
	var answered, optedOut []uuid.UUID
	var failed queries.FailConversationsParams
	for _, o := range written {
		if o.optOut {
			optedOut = append(optedOut, o.part.ContactID)
		}
		conversation := o.part.ConversationID
		switch {
		case conversation == nil || o.part.Purpose != string(purposeReply):
		case o.status == "accepted" && o.part.Part == o.part.Parts:
			answered = append(answered, *conversation)
		case o.status == "failed":
			failed.Ids = append(failed.Ids, *conversation)
			failed.Failures = append(failed.Failures, o.failure)
		}
	}
	if len(optedOut) > 0 {
		if err := q.OptOutContacts(ctx, optedOut); err != nil {
			return fmt.Errorf("opt contacts out: %w", err)
		}
	}
	return closeConversations(ctx, q, answered, failed)
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
		if err := q.FailPlannedParts(ctx, failed.Ids); err != nil {
			return fmt.Errorf("fail the later parts: %w", err)
		}
	}
	return nil
}
