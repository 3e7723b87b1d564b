package jobs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ferry/app"
	"ferry/app/fault"
	"ferry/app/gather"
	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/sql/queries"
)

// partStatuses maps Twilio's MessageStatus to a part's status. What is not
// here (receiving, received, a word that Twilio adds tomorrow) tells nothing
// about a part.
var partStatuses = map[string]string{
	"accepted":            "accepted",
	"scheduled":           "accepted",
	"queued":              "accepted",
	"sending":             "accepted",
	"sent":                "sent",
	"delivered":           "delivered",
	"partially_delivered": "delivered",
	"read":                "read",
	"failed":              "failed",
	"canceled":            "failed",
	"undelivered":         "undelivered",
}

// statusRank orders a part's statuses as the SQL function reply_rank does.
var statusRank = map[string]int{"accepted": 2, "sent": 3, "failed": 4, "undelivered": 4, "delivered": 5, "read": 6}

// StatusUpdates applies Twilio's status callbacks: about three for each
// message sent, so they are gathered too.
type StatusUpdates struct {
	base  Base
	group *gather.Group[partUpdate, struct{}]
}

type partUpdate struct {
	partID uuid.UUID
	sid    string
	status string
	code   int
}

// statusBatch is how many callbacks one statement may apply.
const statusBatch = 1000

// NewStatusUpdates starts taking callbacks. Close it after the last Apply.
func NewStatusUpdates(base Base) *StatusUpdates {
	s := &StatusUpdates{base: base}
	s.group = gather.New(s.flush, gather.Options{
		Max:       statusBatch,
		Retryable: databaseAway,
		Observe:   func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageStatus, n, took) },
	})
	return s
}

// Close finishes the callbacks that wait and takes no more.
func (s *StatusUpdates) Close() { s.group.Close() }

// Apply records what a callback says about a part. A callback about nothing
// that we sent, or with a status that says nothing, is ignored: it is not
// Twilio's mistake to mend. Its only error is of Kind Unavailable.
func (s *StatusUpdates) Apply(ctx context.Context, st twilio.Status) error {
	id, err := uuid.Parse(st.PartID)
	if err != nil {
		return nil //nolint:nilerr // a callback that names no part of ours
	}
	status, ok := partStatuses[st.Status]
	if !ok {
		return nil
	}
	if _, err := s.group.Do(ctx, partUpdate{partID: id, sid: st.MessageSID, status: status, code: st.ErrorCode}); err != nil {
		return app.Errorf(app.Unavailable, "apply status of part %s: %w", id, err)
	}
	return nil
}

// flush applies a batch: of several callbacks about one part, the one of the
// highest rank, which is all that counts.
func (s *StatusUpdates) flush(ctx context.Context, updates []partUpdate) ([]struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	rows := packUpdates(updates)
	tx, err := s.base.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin status transaction: %w", err)
	}
	defer rollback(ctx, tx)
	q := queries.New(tx)
	applied, err := q.ApplyStatuses(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("apply statuses: %w", err)
	}
	var failed queries.FailConversationsParams
	for _, a := range applied {
		if a.ConversationID == nil || a.Purpose != string(purposeReply) || (a.Status != "failed" && a.Status != "undelivered") {
			continue
		}
		failed.Ids = append(failed.Ids, *a.ConversationID)
		failed.Failures = append(failed.Failures, fmt.Sprintf("%s by Twilio, code %d", a.Status, valueOf(a.ErrorCode)))
		s.base.Log.Warn("reply not delivered", "part_id", a.ID, "conversation_id", *a.ConversationID,
			"status", a.Status, "code", valueOf(a.ErrorCode))
	}
	if err := closeConversations(ctx, q, nil, failed); err != nil {
		return nil, err
	}
	fault.Point(fault.StatusStored)
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit status transaction: %w", err)
	}
	fault.Point(fault.StatusCommitted)
	return make([]struct{}, len(updates)), nil
}

func packUpdates(updates []partUpdate) queries.ApplyStatusesParams {
	best := make(map[uuid.UUID]partUpdate, len(updates))
	for _, u := range updates {
		if b, seen := best[u.partID]; !seen || statusRank[b.status] < statusRank[u.status] {
			best[u.partID] = u
		}
	}
	kept := make([]partUpdate, 0, len(best))
	for _, u := range best {
		kept = append(kept, u)
	}
	slices.SortFunc(kept, func(a, b partUpdate) int { return bytes.Compare(a.partID[:], b.partID[:]) })
	var rows queries.ApplyStatusesParams
	for _, u := range kept {
		rows.Ids = append(rows.Ids, u.partID)
		rows.TwilioSids = append(rows.TwilioSids, u.sid)
		rows.Statuses = append(rows.Statuses, u.status)
		rows.ErrorCodes = append(rows.ErrorCodes, int32(u.code)) //nolint:gosec // Twilio's codes have five digits
	}
	return rows
}
