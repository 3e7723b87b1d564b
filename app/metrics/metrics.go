// Package metrics holds every collector of the service in one struct, so that
// one file tells what ferry measures.
//
// Labels are words from fixed lists in this package: outcomes, stages, agent
// types, queue names. Nothing that a person sends or is (a number, a name, a
// text, an id) can become a label, for privacy and because each new value
// would be a new series. All times are in seconds.
//
//	ferry_webhook_seconds{outcome}         answering one inbound webhook, from its headers on
//	ferry_status_callback_seconds{outcome} answering one status callback
//	ferry_messages_total{outcome}          inbound messages by what became of them
//	ferry_commit_batch_size{stage}         items that one group commit stored
//	ferry_commit_seconds{stage}            one group commit, statements and COMMIT
//	ferry_execution_seconds{agent,outcome} one run of an agent
//	ferry_send_seconds{outcome}            one attempt to hand a reply part to Twilio
//	ferry_reply_seconds                    from the webhook to Twilio's acceptance of the answer's last part
//	ferry_job_retries_total{kind}          jobs that ended an attempt with a retry
//	ferry_rescued_jobs_total               jobs put back because their worker died
//	ferry_uncertain_sends_total{step}      sends of unknown outcome: raised, then confirmed or resent
//	ferry_queue_jobs{queue,state}          jobs that wait or run, at the last look
//	ferry_queue_oldest_seconds{queue}      how long the longest waiting job could have run
//	ferry_queue_scrape_errors_total        looks at the queues that gave an error
//	ferry_pool_*{pool}                     the Postgres connection pools
//	ferry_build_info{version,go_version}   always 1
//
// The usual go_* and process_* collectors stand beside them.
package metrics

import (
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// WebhookOutcome says how a webhook of either kind was answered.
type WebhookOutcome string

// The outcomes of a webhook. The first three apply to messages and hold a
// committed message each; Applied and Ignored apply to status callbacks.
const (
	WebhookAccepted     WebhookOutcome = "accepted"
	WebhookDuplicate    WebhookOutcome = "duplicate"
	WebhookRateLimited  WebhookOutcome = "rate_limited"
	WebhookApplied      WebhookOutcome = "applied"
	WebhookIgnored      WebhookOutcome = "ignored"      // signed, but nothing we could use
	WebhookUnauthorized WebhookOutcome = "unauthorized" // the signature is missing or wrong
	WebhookInvalid      WebhookOutcome = "invalid"      // too large, not a form, or a malformed one
	WebhookUnavailable  WebhookOutcome = "unavailable"  // the database is away or too slow
	WebhookFailed       WebhookOutcome = "failed"       // our bug
)

// MessageOutcome says what became of an inbound message.
type MessageOutcome string

// The outcomes of a message.
const (
	MessageAccepted    MessageOutcome = "accepted"
	MessageDuplicate   MessageOutcome = "duplicate"
	MessageRateLimited MessageOutcome = "rate_limited"
	MessageRefused     MessageOutcome = "refused" // unknown or opted-out sender: recorded, nothing executed
)

// Stage is a place where work is committed in groups.
type Stage string

// The stages.
const (
	StageInbox     Stage = "inbox"     // inbound messages
	StageRead      Stage = "read"      // workers' gathered reads; no COMMIT, the same machinery
	StageExecution Stage = "execution" // outcomes of agents
	StageSend      Stage = "send"      // outcomes of sends
	StageStatus    Stage = "status"    // status callbacks
)

// ExecutionOutcome says how one run of an agent ended.
type ExecutionOutcome string

// The outcomes of an execution.
const (
	ExecutionCompleted ExecutionOutcome = "completed"
	ExecutionRetried   ExecutionOutcome = "retried" // failed, and will be tried again
	ExecutionFailed    ExecutionOutcome = "failed"  // failed for good
	ExecutionTimedOut  ExecutionOutcome = "timed_out"
)

// SendAccepted is the outcome of a send that Twilio took. Every other outcome
// of a send is the class that app/twilio gives its error.
const SendAccepted = "accepted"

// UncertainStep is a step in the life of a send whose outcome is unknown.
type UncertainStep string

// The steps of an uncertain send.
const (
	UncertainRaised    UncertainStep = "raised"
	UncertainConfirmed UncertainStep = "confirmed" // a callback or Twilio's list knew it
	UncertainResent    UncertainStep = "resent"    // nobody knew it
)

// The values that the labels of foreign words may take; any other becomes
// otherLabel, so that a slip in a caller cannot grow the series without bound.
var (
	agentTypes  = []string{"inventory_monitor", "alert_generator", "report_generator", "reorder", "supplier_monitor", "digest"}
	sendClasses = []string{
		SendAccepted, "retry", "wait", "template", "opted_out", "permanent", "configuration", "uncertain", "bug",
	}
	jobKinds = []string{"interpret", "execute", "send"}
)

const otherLabel = "other"

// Metrics holds the service's collectors. Make it with New; its methods may be
// called from any goroutine and cost well under a microsecond.
type Metrics struct {
	reg prometheus.Registerer

	webhookSeconds   *prometheus.HistogramVec
	statusSeconds    *prometheus.HistogramVec
	messages         *prometheus.CounterVec
	batchSize        *prometheus.HistogramVec
	commitSeconds    *prometheus.HistogramVec
	executionSeconds *prometheus.HistogramVec
	sendSeconds      *prometheus.HistogramVec
	replySeconds     prometheus.Histogram
	retries          *prometheus.CounterVec
	rescued          prometheus.Counter
	uncertain        *prometheus.CounterVec
	buildInfo        *prometheus.GaugeVec
}

// New makes the collectors and registers them, and the Go runtime's and the
// process's, with reg. With a nil reg they count but are not exposed. A
// registry takes one Metrics only: a second one is a programming error.
func New(reg prometheus.Registerer) *Metrics {
	m := &Metrics{reg: reg}
	f := factory{promauto.With(reg)}
	m.webhookSeconds = f.histogram("ferry_webhook_seconds",
		"Time to answer an inbound webhook, from its headers on, in seconds.", ackBuckets(), "outcome")
	m.statusSeconds = f.histogram("ferry_status_callback_seconds",
		"Time to answer a status callback, from its headers on, in seconds.", ackBuckets(), "outcome")
	m.messages = f.counter("ferry_messages_total",
		"Inbound messages by what became of them.", "outcome")
	m.batchSize = f.histogram("ferry_commit_batch_size",
		"Items stored by one group commit.", prometheus.ExponentialBuckets(1, 2, 8), "stage")
	m.commitSeconds = f.histogram("ferry_commit_seconds",
		"Duration of one group commit, in seconds.", workBuckets(), "stage")
	m.executionSeconds = f.histogram("ferry_execution_seconds",
		"Duration of one run of an agent, in seconds.", workBuckets(), "agent", "outcome")
	m.sendSeconds = f.histogram("ferry_send_seconds",
		"Duration of one attempt to hand a reply part to Twilio, in seconds.", workBuckets(), "outcome")
	m.retries = f.counter("ferry_job_retries_total",
		"Jobs that ended an attempt with a retry.", "kind")
	m.uncertain = f.counter("ferry_uncertain_sends_total",
		"Sends of unknown outcome: raised, then confirmed or resent.", "step")
	m.buildInfo = f.NewGaugeVec(prometheus.GaugeOpts{
		Name: "ferry_build_info",
		Help: "Always 1; the labels tell the build.",
	}, []string{"version", "go_version"})
	m.replySeconds = f.NewHistogram(prometheus.HistogramOpts{
		Name:    "ferry_reply_seconds",
		Help:    "Time from the webhook to Twilio's acceptance of the answer's last part, in seconds.",
		Buckets: replyBuckets(),
	})
	m.rescued = f.NewCounter(prometheus.CounterOpts{
		Name: "ferry_rescued_jobs_total",
		Help: "Jobs put back because their worker process died.",
	})
	if reg != nil {
		reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	return m
}

// WebhookAnswered records the answer to one inbound webhook.
func (m *Metrics) WebhookAnswered(outcome WebhookOutcome, took time.Duration) {
	m.webhookSeconds.WithLabelValues(string(outcome)).Observe(took.Seconds())
}

// StatusAnswered records the answer to one status callback.
func (m *Metrics) StatusAnswered(outcome WebhookOutcome, took time.Duration) {
	m.statusSeconds.WithLabelValues(string(outcome)).Observe(took.Seconds())
}

// MessageTaken records what became of one inbound message.
func (m *Metrics) MessageTaken(outcome MessageOutcome) {
	m.messages.WithLabelValues(string(outcome)).Inc()
}

// Committed records one group commit of size items.
func (m *Metrics) Committed(stage Stage, size int, took time.Duration) {
	m.batchSize.WithLabelValues(string(stage)).Observe(float64(size))
	m.commitSeconds.WithLabelValues(string(stage)).Observe(took.Seconds())
}

// ExecutionEnded records one run of an agent; agent is its type.
func (m *Metrics) ExecutionEnded(agent string, outcome ExecutionOutcome, took time.Duration) {
	m.executionSeconds.WithLabelValues(known(agentTypes, agent), string(outcome)).Observe(took.Seconds())
}

// SendEnded records one attempt to send; outcome is SendAccepted or the class
// of the send's error.
func (m *Metrics) SendEnded(outcome string, took time.Duration) {
	m.sendSeconds.WithLabelValues(known(sendClasses, outcome)).Observe(took.Seconds())
}

// ReplyAccepted records that Twilio took the last part of an answer; took runs
// from the webhook's arrival.
func (m *Metrics) ReplyAccepted(took time.Duration) { m.replySeconds.Observe(took.Seconds()) }

// JobRetried records that an attempt of a job ended with a retry; kind is
// River's kind.
func (m *Metrics) JobRetried(kind string) { m.retries.WithLabelValues(known(jobKinds, kind)).Inc() }

// JobsRescued records that n jobs of a dead worker were put back.
func (m *Metrics) JobsRescued(n int) { m.rescued.Add(float64(max(n, 0))) }

// SendUncertain records a step of a send whose outcome is unknown.
func (m *Metrics) SendUncertain(step UncertainStep) { m.uncertain.WithLabelValues(string(step)).Inc() }

// Build publishes the version of the binary.
func (m *Metrics) Build(version string) {
	m.buildInfo.WithLabelValues(version, runtime.Version()).Set(1)
}

func known(words []string, word string) string {
	if slices.Contains(words, word) {
		return word
	}
	return otherLabel
}
