package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"ferry/app"
	"ferry/app/fault"
	"ferry/app/gather"
	"ferry/app/metrics"
	"ferry/app/twilio"
	"ferry/sql/queries"
)

// SendArgs asks for the parts of one reply to be sent, in order.
type SendArgs struct {
	PartIDs []uuid.UUID `json:"part_ids"`
}

// Kind implements river.JobArgs.
func (SendArgs) Kind() string { return "send" }

// PartParam is the parameter of the status callback's URL that names the part.
const PartParam = "part"

// deliverer works the send jobs of one process.
type deliverer struct {
	river.WorkerDefaults[SendArgs]
	base     Base
	twilio   *twilio.Sender
	callback string // the status callback's URL, without a part's id
	claims   *gather.Group[claimRequest, *part]
	outcomes *gather.Group[sendOutcome, bool]
}

func newDeliverer(base Base, sender *twilio.Sender, statusCallback string) *deliverer {
	w := &deliverer{base: base, twilio: sender, callback: statusCallback}
	w.claims = gather.New(w.claim, gather.Options{
		Observe: func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageRead, n, took) },
	})
	w.outcomes = gather.New(w.finish, gather.Options{
		Retryable: databaseAway,
		Observe:   func(n int, took time.Duration) { base.Metrics.Committed(metrics.StageSend, n, took) },
	})
	return w
}

func (w *deliverer) close() {
	w.claims.Close()
	w.outcomes.Close()
}

// NextRetry implements river.Worker.
func (w *deliverer) NextRetry(job *river.Job[SendArgs]) time.Time {
	return jobBackoff(job.Attempt, time.Now())
}

// part is a reply part as its claim found it.
type part struct {
	queries.ClaimReplyPartsRow
	claimedAt time.Time // on this process's monotonic clock
	busy      bool      // another job for the same part was in the same batch
}

// accepted says that Twilio has the part, whatever became of it since.
func (p *part) accepted() bool {
	switch p.Status {
	case "accepted", "sent", "delivered", "read":
		return true
	}
	return false
}

func (p *part) failed() bool { return p.Status == "failed" || p.Status == "undelivered" }

// errReplyOver ends a reply early: one of its parts has failed for good.
var errReplyOver = errors.New("a part of the reply failed")

// Work sends the parts one after the other, each only when the one before it
// was accepted. A rerun goes on at the first part that was not.
func (w *deliverer) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	for _, id := range job.Args.PartIDs {
		err := w.deliver(ctx, claimRequest{id: id})
		if errors.Is(err, errReplyOver) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deliver brings one part to Twilio, or finds that it is there. It returns nil
// when the next part may go, a snooze to be called again, or errReplyOver.
func (w *deliverer) deliver(ctx context.Context, request claimRequest) error {
	p, err := w.claims.Do(ctx, request)
	switch {
	case err != nil:
		return fmt.Errorf("claim reply part: %w", err)
	case p == nil:
		return errReplyOver // the row is gone: retention or erasure
	case p.busy:
		return river.JobSnooze(settleTime)
	case p.Claimed:
		return w.post(ctx, p)
	case p.accepted():
		return w.record(ctx, sendOutcome{part: p, status: "accepted"})
	case p.failed():
		return errReplyOver
	case p.Superseded:
		return w.record(ctx, sendOutcome{part: p, status: "failed", failure: "the answer was quicker"})
	case p.Overdue && p.Status == "planned":
		return w.giveUp(ctx, p)
	case p.Blocked:
		return river.JobSnooze(orderPause)
	default:
		return w.settle(ctx, p)
	}
}

// post hands a claimed part to Twilio and records what came of it.
func (w *deliverer) post(ctx context.Context, p *part) error {
	// Not the job's context: a request that is written must be seen through,
	// for a soft stop would hand the attempt back as if nothing had happened.
	ctx = context.WithoutCancel(ctx)
	if time.Since(p.claimedAt) > claimLife {
		// Nothing was written: whoever comes next may send it, but for the fence.
		return errors.Join(w.record(ctx, sendOutcome{part: p, status: "planned"}), river.JobSnooze(orderPause))
	}
	fault.Point(fault.SendClaimed)
	sendCtx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	start := time.Now()
	sid, err := w.twilio.Send(sendCtx, twilio.Outbound{
		To: app.Address(p.ReplyTo), Body: p.Body, StatusCallback: w.callback + "?" + PartParam + "=" + p.ID.String(),
	})
	took := time.Since(start)
	if err == nil {
		fault.Point(fault.SendAccepted)
		w.base.Metrics.SendEnded(metrics.SendAccepted, took)
		return w.record(ctx, sendOutcome{part: p, status: "accepted", sid: sid})
	}
	return w.refused(ctx, p, err, took)
}

// refused follows the rule for Twilio's refusal.
func (w *deliverer) refused(ctx context.Context, p *part, err error, took time.Duration) error {
	refusal := &twilio.SendError{Class: twilio.ClassUncertain, Err: err}
	errors.As(err, &refusal)
	rule := sendRules[refusal.Class]
	w.base.Metrics.SendEnded(string(refusal.Class), took)
	if refusal.Class == twilio.ClassUncertain {
		w.base.Metrics.SendUncertain(metrics.UncertainRaised)
	}
	level := w.base.Log.Warn
	if rule.operator {
		level = w.base.Log.Error
	}
	level("send refused", "part_id", p.ID, "conversation_id", valueOf(p.ConversationID), "class", refusal.Class,
		"code", refusal.Code, "http_status", refusal.HTTPStatus, "attempt", p.Attempt, "next", rule.status, "error", refusal.Err)
	err = w.record(ctx, sendOutcome{
		part: p, status: rule.status, code: refusal.Code, failure: refusal.Error(), optOut: rule.optOut,
	})
	if err != nil {
		return err
	}
	if rule.delay == 0 {
		return errReplyOver
	}
	w.base.Metrics.JobRetried("send")
	// Never past the deadline: the reply's end has to be recorded in time.
	return river.JobSnooze(min(max(refusal.RetryAfter, backoff(int(p.Attempt), rule.delay, rule.longest)), replyDeadline))
}

// giveUp records that a part's deadline passed.
func (w *deliverer) giveUp(ctx context.Context, p *part) error {
	w.base.Log.Error("reply given up", "part_id", p.ID, "conversation_id", valueOf(p.ConversationID), "status", p.Status)
	if err := w.record(ctx, sendOutcome{part: p, status: "failed", failure: "deadline passed while " + p.Status}); err != nil {
		return err
	}
	return errReplyOver
}

// settle finds out what became of an attempt that nobody recorded: a status
// callback would have moved the part on, so Twilio's own list is asked, and
// only when it does not know the message is it sent again.
func (w *deliverer) settle(ctx context.Context, p *part) error {
	if wait := settleTime - time.Duration(p.SendingMs)*time.Millisecond; wait > 0 {
		return river.JobSnooze(wait)
	}
	sid, err := w.lookUp(ctx, p)
	if p.Overdue && sid == "" {
		return w.giveUp(ctx, p)
	}
	if err != nil {
		w.base.Log.Warn("uncertain send not settled", "part_id", p.ID, "error", err)
		return river.JobSnooze(backoff(int(p.Attempt)+1, settleTime, time.Minute))
	}
	if sid != "" {
		w.base.Metrics.SendUncertain(metrics.UncertainConfirmed)
		return w.record(ctx, sendOutcome{part: p, status: "accepted", sid: sid})
	}
	w.base.Metrics.SendUncertain(metrics.UncertainResent)
	return w.deliver(ctx, claimRequest{id: p.ID, lookedUp: p.Attempt})
}

// clockSlack allows for the database's clock and Twilio's to differ. Text,
// recipient and an unclaimed SID have to match besides.
const clockSlack = time.Hour

// lookUp asks Twilio for a message with this part's recipient and text that
// belongs to no other part; "" when there is none.
func (w *deliverer) lookUp(ctx context.Context, p *part) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	since := p.AskedAt
	if p.SendingAt != nil {
		since = *p.SendingAt
	}
	listed, err := w.twilio.Sent(ctx, app.Address(p.ReplyTo), since.Add(-clockSlack))
	if err != nil {
		return "", fmt.Errorf("list sent messages: %w", err)
	}
	var sids []string
	for _, m := range listed {
		if m.Body == p.Body {
			sids = append(sids, m.SID)
		}
	}
	if len(sids) == 0 {
		return "", nil
	}
	taken, err := queries.New(w.base.Pool).KnownTwilioSIDs(ctx, sids)
	if err != nil {
		return "", fmt.Errorf("look up message SIDs: %w", err)
	}
	for _, sid := range taken {
		for i := range sids {
			if sids[i] == sid {
				sids[i] = ""
			}
		}
	}
	for _, sid := range sids {
		if sid != "" {
			return sid, nil
		}
	}
	return "", nil
}

// Timeout implements river.Worker.
func (*deliverer) Timeout(*river.Job[SendArgs]) time.Duration { return sendJobTimeout }
