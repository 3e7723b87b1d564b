package jobs

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ferry/app"
	"ferry/app/twilio"
)

// This file is the whole retry policy. Nothing else decides whether, when or
// how often something is tried again.

const (
	// agentAttempts is how often an agent that fails is run for one message.
	agentAttempts = 4
	// maxAttempts is River's own limit. It is out of reach on purpose: the
	// deadline ends a job in a recorded failure long before, whereas a job
	// that River discards would end in silence.
	maxAttempts = 1000
	// sendTimeout bounds one request to Twilio, answer included.
	sendTimeout = 10 * time.Second
	// claimLife is how long after its claim a part may still be handed to
	// Twilio. A process that was paused for longer finds that somebody else
	// may have taken over, and leaves the part alone.
	claimLife = 3 * time.Second
	// settleTime is how long an attempt of unknown outcome is left alone
	// before Twilio's list is believed: a request in flight may still land,
	// and a status callback may still tell.
	settleTime = 5 * time.Second
	// orderPause is how soon a reply looks again whether an earlier answer to
	// the same person has left.
	orderPause = 50 * time.Millisecond
)

// retriesAgent says which failures of an agent are worth another run.
func retriesAgent(kind app.Kind) bool {
	switch kind {
	case app.Unavailable, app.Throttled, app.Internal, app.Conflict:
		return true
	case app.Invalid, app.NotFound, app.Forbidden, app.Rejected, app.Uncertain:
		return false
	}
	return false
}

// sendRule is what follows from a class of Twilio's refusals.
type sendRule struct {
	status   string        // of the part from now on
	delay    time.Duration // before the next attempt, doubled with each; 0: there is none
	longest  time.Duration // bound of the doubling
	operator bool          // somebody has to mend something
	optOut   bool          // the person does not want to hear from us
}

// sendRules has a rule for every class of app/twilio.
var sendRules = map[twilio.Class]sendRule{
	twilio.ClassRetry:         {status: "planned", delay: 200 * time.Millisecond, longest: 5 * time.Second},
	twilio.ClassWait:          {status: "planned", delay: time.Second, longest: time.Minute},
	twilio.ClassUncertain:     {status: "uncertain", delay: settleTime, longest: 30 * time.Second},
	twilio.ClassConfiguration: {status: "planned", delay: 15 * time.Second, longest: time.Minute, operator: true},
	twilio.ClassTemplate:      {status: "failed"},
	twilio.ClassOptedOut:      {status: "failed", optOut: true},
	twilio.ClassPermanent:     {status: "failed"},
	twilio.ClassBug:           {status: "failed", operator: true},
}

// backoff is the pause before try number attempt+1: first, doubled with each
// try, at most longest.
func backoff(attempt int, first, longest time.Duration) time.Duration {
	d := first
	for range max(attempt-1, 0) {
		if d >= longest {
			return longest
		}
		d *= 2
	}
	return min(d, longest)
}

// jobBackoff is the pause after an attempt of a job that ended in an error,
// which is one that no rule above foresaw: mostly the database being away.
func jobBackoff(attempt int, now time.Time) time.Time {
	return now.Add(backoff(attempt, 250*time.Millisecond, 5*time.Second))
}

// transientPostgres lists what a restarting, crashing or overloaded Postgres
// answers. The same statement may work a moment later.
var transientPostgres = map[string]bool{
	"40001": true, // serialization_failure
	"40P01": true, // deadlock_detected
	"53300": true, // too_many_connections
	"53100": true, // disk_full: heals when somebody makes room
	"55P03": true, // lock_not_available
	"57014": true, // query_canceled: statement_timeout
	"57P01": true, // admin_shutdown
	"57P02": true, // crash_shutdown
	"57P03": true, // cannot_connect_now
	"25006": true, // read_only_sql_transaction: a failover in progress
}

// databaseAway says that err comes from the database being unreachable or
// unable for the moment, not from what it was asked.
func databaseAway(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return transientPostgres[pg.Code]
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || connectionLost(err)
}
