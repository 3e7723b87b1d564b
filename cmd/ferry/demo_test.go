package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ferry/app/sim"
)

// demoEnvironment is an environment whose cache folder is the test's own, so
// that its demo and its chats find each other and nobody else.
func demoEnvironment(t *testing.T, out io.Writer, variables map[string]string) environment {
	t.Helper()
	cache := t.TempDir()
	return environment{
		getenv: func(name string) string {
			if name == "XDG_CACHE_HOME" {
				return cache
			}
			return variables[name]
		},
		stdin: strings.NewReader(""), stdout: out, stderr: out,
	}
}

// runningDemo is a demo that lasts as long as its test, and what talks to it.
type runningDemo struct {
	*demo
	env    environment
	out    *lockedBuffer
	client *sim.Client
}

func newDemo(t *testing.T, o demoOptions) *runningDemo {
	t.Helper()
	d := &runningDemo{out: &lockedBuffer{}}
	d.env = demoEnvironment(t, d.out, nil)
	var err error
	d.demo, err = startDemo(t.Context(), o, d.env)
	require.NoError(t, err, d.out.String())
	t.Cleanup(func() { require.NoError(t, d.stop(context.Background())) })
	d.client = sim.NewClient(d.url)
	t.Cleanup(d.client.Close)
	return d
}

// chat runs ferry chat, which finds the demo by itself.
func (d *runningDemo) chat(t *testing.T, stdin string, args ...string) invoked {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append([]string{"chat"}, args...), environment{
		getenv: d.env.getenv, stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
	})
	return invoked{code, stdout.String(), stderr.String()}
}

// TestDemo looks at one demo from all sides: a start takes seconds.
func TestDemo(t *testing.T) {
	t.Parallel()
	d := newDemo(t, demoOptions{addr: "127.0.0.1:0"})
	for name, test := range map[string]func(*testing.T, *runningDemo){
		"answers in every persona": demoAnswers,
		"rate limit":               demoRateLimit,
		"chat by name and number":  demoChatAs,
		"chat from a pipe":         demoChatPipe,
		"wire":                     demoWire,
		"stream":                   demoStream,
		"public pages":             demoPages,
		"operators":                demoOperators,
		"foreign sites":            demoForeignSites,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, d)
		})
	}
}

// What the five messages of the first minute are answered with, by persona.
func demoAnswers(t *testing.T, d *runningDemo) {
	t.Helper()
	messages := []string{"stock COF-001", "show alerts", "generate inventory report", "help", "colourless green ideas"}
	for name, want := range map[string][]string{
		"Priya Nair":   {"📦 COF-001: ", "🚨 ", "✅ Report ready!", "⚡ *Commands*", "❓ Unknown command"},
		"Tom Ashworth": {"📊 *Inventory Analysis - COF-001*", "📋 *Alert Dashboard*", "📊 *Inventory Report Generated*", "👋 *What I can do for you*", "I didn't understand"},
		"Grace Okafor": {
			"🏢 *Multi-Entity Inventory Status*", "🏢 *Multi-Entity Alert Status*", "🏢 *Multi-Entity Inventory Report*",
			"👋 *What I can do for you*", "I didn't understand",
		},
		"Ellie Marsh": {
			"📚 *Learning Moment: Inventory Check*", "📚 *Learning Moment: Alerts*", "📚 *Learning Moment: Inventory Report*",
			"🌱 *Here is what we can do together*", "🤔 I'm not sure what you meant!",
		},
		"Kenji Watanabe": {"[INVENTORY_QUERY_RESULT]\n", "[ALERT_SUMMARY]\n", "[REPORT_READY]\n", "[HELP]\n", "[ERROR]\nCode: UNKNOWN_COMMAND\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, text := range messages {
				got := d.chat(t, "", append([]string{"--as", name}, strings.Fields(text)...)...)
				require.Equal(t, exitOK, got.code, "%s: %s", text, got.stderr)
				require.Empty(t, got.stderr)
				require.True(t, strings.HasPrefix(got.stdout, want[i]), "%s:\n%s", text, got.stdout)
			}
		})
	}
}

// The eleventh message of a minute gets a notice, the twelfth silence.
func demoRateLimit(t *testing.T, d *runningDemo) {
	t.Helper()
	const rohan = "+447700900108"
	for i := range 10 {
		sent, err := d.client.Send(t.Context(), rohan, "help "+strconv.Itoa(i))
		require.NoError(t, err)
		require.Equal(t, processing, sent.Webhook.Note)
	}
	require.Eventually(t, func() bool {
		all, err := d.client.Messages(t.Context(), rohan)
		return err == nil && len(all) == 20
	}, 10*time.Second, 20*time.Millisecond)
	got := d.chat(t, "", "--as", rohan, "one", "more")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.NotEmpty(t, got.stdout)
	got = d.chat(t, "", "--as", rohan, "and", "another")
	require.Equal(t, exitError, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, "ferry chat: no reply: Too many messages: recorded, not processed\n", got.stderr)
}

func demoChatAs(t *testing.T, d *runningDemo) {
	t.Helper()
	got := d.chat(t, "", "--as", "+44 7700 900106", "stock TEA-001")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "TEA-001")

	got = d.chat(t, "", "--as", "sam", "--url", d.url, "stock", "TEA-002")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "TEA-002")

	// Somebody new may write, and learns nothing.
	got = d.chat(t, "", "--as", "+447700900777", "stock COF-001")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.NotEmpty(t, got.stdout)
	require.NotRegexp(t, `COF-001|Decaf|\d`, got.stdout)

	for as, want := range map[string]string{
		"Nobody": `nobody is called "Nobody": the people are Priya Nair, Tom Ashworth`,
		"a":      `more than one person is called "a"`,
		"+12":    "not a WhatsApp address",
	} {
		got = d.chat(t, "", "--as", as, "help")
		require.Equal(t, exitError, got.code, as)
		require.Empty(t, got.stdout, as)
		require.Contains(t, got.stderr, want)
	}
	got = d.chat(t, "", "  ")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "the message is empty")
}

func demoChatPipe(t *testing.T, d *runningDemo) {
	t.Helper()
	got := d.chat(t, "/people\n\n/as Luc\nstock SYR-001\n/help\n/quit\nnever sent\n", "--as", "Sam")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `(?m)^\* \+447700900106\s+Sam Whitfield\s+default\s+viewer$`, got.stdout)
	require.Contains(t, got.stdout, "SYR-001")
	require.Regexp(t, `(?m)^✓✓ \w+ · webhook 200 in [\d.]+ ms · answered in \d+ ms · execution [0-9a-f-]{36}$`, got.stdout)
	require.Contains(t, got.stdout, promptHelp)
	require.NotContains(t, got.stdout, ">", "a pipe is not asked")

	got = d.chat(t, "/fly\n")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, `"/fly" is no command`)
}

// What the page shows is true: the webhook was signed, the execution is the
// database's own, and its message is on record once.
func demoWire(t *testing.T, d *runningDemo) {
	t.Helper()
	const lucia = "+447700900107"
	sent, err := d.client.Send(t.Context(), lucia, "stock MLK-001")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Webhook.Status)
	require.Equal(t, processing, sent.Webhook.Note)
	require.Positive(t, sent.Webhook.MS)

	conn, err := pgx.Connect(t.Context(), d.database)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // the test is over
	var body string
	err = conn.QueryRow(t.Context(), `SELECT c.message_body FROM agent_execution_queue e JOIN whatsapp_conversations c ON c.id = e.conversation_id
		WHERE e.id = $1 AND c.message_sid = $2`, sent.Webhook.ExecutionID, sent.ID).Scan(&body)
	require.NoError(t, err)
	require.Equal(t, "stock MLK-001", body)

	require.Eventually(t, func() bool {
		all, err := d.client.Messages(t.Context(), lucia)
		require.NoError(t, err)
		for _, b := range all {
			if b.ID == sent.ID && b.Status == sim.StatusRead && b.AnsweredMS > 0 {
				return true
			}
		}
		return false
	}, 10*time.Second, 20*time.Millisecond)
}

// A stream tells of a message, of its answer, of the reply and of each tick.
func demoStream(t *testing.T, d *runningDemo) {
	t.Helper()
	const stranger = "+447700900555"
	_, stream, err := d.client.Follow(t.Context(), stranger)
	require.NoError(t, err)
	defer stream.Close() //nolint:errcheck // the test is over
	sent, err := d.client.Send(t.Context(), stranger, "hello")
	require.NoError(t, err)
	var mine, theirs []sim.Status
	for len(theirs) == 0 || theirs[len(theirs)-1] != sim.StatusRead {
		b, err := stream.Next()
		require.NoError(t, err)
		require.Equal(t, stranger, b.Person)
		if b.Mine {
			require.Equal(t, sent.ID, b.ID)
			mine = append(mine, b.Status)
		} else {
			theirs = append(theirs, b.Status)
		}
	}
	require.Equal(t, []sim.Status{sim.StatusQueued, sim.StatusSent, sim.StatusDelivered, sim.StatusRead}, theirs)
	require.Equal(t, sim.StatusQueued, mine[0])
	require.Equal(t, sim.StatusRead, mine[len(mine)-1])
}

// TestDemoLeavesNothing is alone on purpose: it looks for goroutines.
func TestDemoLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	held, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer held.Close() //nolint:errcheck // it only holds the port
	_, port, err := net.SplitHostPort(held.Addr().String())
	require.NoError(t, err)

	out := &lockedBuffer{}
	env := demoEnvironment(t, out, map[string]string{"ADMIN_USER": "boss", "ADMIN_PASSWORD": "of my own choice", "RATE_LIMIT_PER_MINUTE": "0"})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began := time.Now()
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"demo", "--headless", "--addr", "127.0.0.1:" + port}, env) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "ends the demo") }, time.Minute, 10*time.Millisecond, out.String())
	t.Logf("ready after %v", time.Since(began))

	require.Contains(t, out.String(), "port "+port+" is taken: using ")
	require.Contains(t, out.String(), "user boss, password that of ADMIN_PASSWORD")
	require.NotContains(t, out.String(), "of my own choice")
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/simulator/`).FindString(out.String())
	client := sim.NewClient(strings.TrimSuffix(url, sim.Path))
	defer client.Close()
	_, stream, err := client.Follow(t.Context(), "") // an open page must not hold up the stop
	require.NoError(t, err)
	defer stream.Close() //nolint:errcheck // it has ended

	var stdout, stderr bytes.Buffer
	chat := environment{getenv: env.getenv, stdin: strings.NewReader("stock COF-001\n"), stdout: &stdout, stderr: &stderr}
	require.Equal(t, exitOK, run(t.Context(), []string{"chat"}, chat), stderr.String())
	require.Contains(t, stdout.String(), "COF-001")

	began = time.Now()
	stop()
	require.Equal(t, exitOK, <-ended, out.String())
	require.Less(t, time.Since(began), stopPatience/2)
	require.True(t, strings.HasSuffix(out.String(), "ends the demo.\nStopping.\n"), out.String())
	require.NoFileExists(t, newDemoNote(env.getenv).path)
	stderr.Reset()
	require.Equal(t, exitError, run(t.Context(), []string{"chat", "help"}, chat))
	require.Equal(t, "ferry chat: no demo is running: start one with 'ferry demo', or name it with --url\n", stderr.String())
	client.Close()
	require.NoError(t, stream.Close())
	goleak.VerifyNone(t, before)
}

func TestDemoBadUsage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		args      []string
		variables map[string]string
		code      int
		want      string
	}{
		{"unknown flag", []string{"--fly"}, nil, exitUsage, "flag provided but not defined: -fly"},
		{"an argument", []string{"now"}, nil, exitUsage, `unexpected argument "now"`},
		{"address without a port", []string{"--addr", "localhost"}, nil, exitUsage, `--addr "localhost": want host:port`},
		{"address with a bad port", []string{"--addr", ":http"}, nil, exitUsage, `--addr ":http": want host:port`},
		{"an address that is not ours", []string{"--addr", "192.0.2.1:0"}, nil, exitError, "choose another address with --addr"},
		{"bad variable", nil, map[string]string{"RATE_LIMIT_PER_MINUTE": "many"}, exitError, "RATE_LIMIT_PER_MINUTE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			env := demoEnvironment(t, &stdout, tc.variables)
			env.stderr = &stderr
			require.Equal(t, tc.code, run(t.Context(), append([]string{"demo", "--headless"}, tc.args...), env))
			require.Contains(t, stderr.String(), tc.want)
			require.NotContains(t, stdout.String(), "Postgres", "told before anything is started")
		})
	}
}

// A real service's environment must not leak into a demo: it would write to
// real people.
func TestDemoEnvironment(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // nobody connects
	d := &demo{url: "http://127.0.0.1:1", token: "0123"}
	cfg, err := loadConfig(d.environment(lookup(map[string]string{"LOG_LEVEL": "debug", "ACK_MODE": "off"}), l), roleAll)
	require.NoError(t, err)
	require.NotContains(t, string(cfg.DatabaseURL), canaryDatabase)
	require.Equal(t, []secret{"0123"}, cfg.Twilio.AuthTokens)
	require.Equal(t, []string{"http://127.0.0.1:1"}, cfg.PublicURLs)
	require.Equal(t, "off", cfg.AckMode)
	require.Equal(t, "DEBUG", cfg.LogLevel.String())
	require.Equal(t, "ops", cfg.AdminUser)
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		ip   string
		want string
		loop bool
	}{
		{"127.0.0.1", "127.0.0.1:80", true},
		{"0.0.0.0", "127.0.0.1:80", false},
		{"::", "127.0.0.1:80", false},
		{"::1", "[::1]:80", true},
		{"192.0.2.1", "192.0.2.1:80", false},
	} {
		addr := &net.TCPAddr{IP: net.ParseIP(tc.ip), Port: 80}
		require.Equal(t, tc.want, reachable(addr))
		require.Equal(t, tc.loop, loopbackOnly(addr), tc.ip)
	}
}
