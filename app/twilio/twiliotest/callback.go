package twiliotest

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// callbacks walks messages through their steps, with at most Options.Workers
// of them being told at a time. Goroutines exist only while there is work.
type callbacks struct {
	fake    *Fake
	mu      sync.Mutex
	queue   []*journey
	running int
	timers  map[*journey]*time.Timer
	closed  bool
	done    sync.WaitGroup
}

// journey is a message on its way through its steps.
type journey struct {
	message *Message
	steps   []Step
	waited  bool          // the delay of steps[0] has passed
	told    chan struct{} // closed when no step is left, or the next one has a delay; nil when nobody asks
}

func (c *callbacks) init(f *Fake) {
	c.fake = f
	c.timers = make(map[*journey]*time.Timer)
}

// start sends a message on its way.
func (c *callbacks) start(j *journey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.continueLocked(j)
}

func (c *callbacks) continueLocked(j *journey) {
	if c.closed || len(j.steps) == 0 {
		j.release()
		return
	}
	if after := j.steps[0].After; after > 0 && !j.waited {
		j.release()
		c.timers[j] = time.AfterFunc(after, func() { c.ring(j) })
		return
	}
	c.queue = append(c.queue, j)
	if c.running < c.fake.options.Workers {
		c.running++
		c.done.Go(c.work)
	}
}

// ring puts a message whose delay has passed in the queue.
func (c *callbacks) ring(j *journey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.timers, j)
	j.waited = true
	c.continueLocked(j)
}

func (c *callbacks) work() {
	for {
		c.mu.Lock()
		if len(c.queue) == 0 || c.closed {
			c.running--
			c.mu.Unlock()
			return
		}
		j := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()
		step := j.steps[0]
		c.fake.step(j.message, step)
		j.steps, j.waited = j.steps[1:], false
		c.start(j)
	}
}

func (c *callbacks) close() {
	c.mu.Lock()
	c.closed = true
	for j, timer := range c.timers {
		timer.Stop()
		j.release()
	}
	for _, j := range c.queue {
		j.release()
	}
	c.timers, c.queue = nil, nil
	c.mu.Unlock()
	c.done.Wait()
}

func (j *journey) release() {
	if j.told != nil {
		close(j.told)
		j.told = nil
	}
}

// step changes a message's status and posts the callback. The callback tells
// the step's own status even when the record has moved on: that is what a late
// or repeated callback looks like.
func (f *Fake) step(m *Message, step Step) {
	record, _ := f.move(m, step)
	if record.StatusCallback == "" || step.Silent {
		return
	}
	form := f.callbackForm(record, step)
	signature := f.sign(withoutFragment(record.StatusCallback), form)
	answer, err := f.post(f.ctx, record.StatusCallback, form, signature, nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || answer.Status/100 != 2 {
		f.stats.CallbackErrors++
		return
	}
	f.stats.Callbacks++
}

// callbackForm is the form of a status callback for a WhatsApp message, as
// captured payloads have it. Twilio masks the end of ChannelToAddress.
func (f *Fake) callbackForm(m Message, step Step) url.Values {
	form := url.Values{
		"AccountSid":        {f.options.AccountSID},
		"ApiVersion":        {"2010-04-01"},
		"ChannelInstallSid": {"XE" + m.SID[2:]},
		"ChannelPrefix":     {"whatsapp"},
		"From":              {m.From},
		"MessageSid":        {m.SID},
		"MessageStatus":     {step.Status},
		"SmsSid":            {m.SID},
		"SmsStatus":         {step.Status},
		"To":                {m.To},
	}
	if phone, ok := strings.CutPrefix(m.To, "whatsapp:+"); ok && len(phone) > 4 {
		form.Set("ChannelToAddress", "+"+phone[:len(phone)-4]+"XXXX")
	}
	if m.MessagingServiceSID != "" {
		form.Set("MessagingServiceSid", m.MessagingServiceSID)
	}
	switch step.Status {
	case "delivered", "read", "undelivered", "failed":
		form.Set("EventType", strings.ToUpper(step.Status))
	}
	if step.ErrorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(step.ErrorCode))
		form.Set("ErrorMessage", "Error "+strconv.Itoa(step.ErrorCode))
	}
	return form
}

func (f *Fake) sign(rawURL string, form url.Values) string {
	return Sign(f.options.AuthToken, rawURL, form)
}

// readAnswer reads an answer to its end, so that its connection can be used
// again.
func readAnswer(resp *http.Response) (string, error) {
	defer resp.Body.Close() //nolint:errcheck // the body was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(body), err
}
