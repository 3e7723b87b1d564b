package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// ackBuckets suit webhooks: a few milliseconds when all is well, and up to the
// 15 s after which Twilio gives up.
func ackBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15}
}

// workBuckets suit commits, agents and sends: from a fast commit to the 30 s
// that a job may take.
func workBuckets() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
}

// replyBuckets suit the whole way of an answer: tens of milliseconds, seconds
// with a slow Twilio, and up to the 15 minutes after which a reply is dead.
func replyBuckets() []float64 {
	return []float64{.005, .01, .02, .04, .06, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 900}
}

// factory shortens the making of labelled collectors.
type factory struct{ promauto.Factory }

func (f factory) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return f.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func (f factory) counter(name, help string, labels ...string) *prometheus.CounterVec {
	return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}
