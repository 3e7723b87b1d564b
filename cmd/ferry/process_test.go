package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
	"ferry/sql/importer"
	"ferry/sql/pgtest"
	"ferry/sql/pool"
)

// Whole processes: the binary as it ships (and once more with its points of
// death, see app/fault), a real Postgres, a fake Twilio, and nothing between
// them but HTTP.

var binaries = struct {
	sync.Mutex
	dir   string
	built map[string]string
}{built: map[string]string{}}

// binary builds ferry once a test run and tag.
func binary(t *testing.T, tags string) string {
	t.Helper()
	binaries.Lock()
	defer binaries.Unlock()
	if path, ok := binaries.built[tags]; ok {
		return path
	}
	if binaries.dir == "" {
		dir, err := os.MkdirTemp("", "ferry-test-") //nolint:usetesting // outlives the test that builds it
		require.NoError(t, err)
		binaries.dir = dir
	}
	path := filepath.Join(binaries.dir, "ferry"+tags)
	args := []string{"build", "-o", path, "-tags", tags}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	require.NoError(t, err, string(out))
	binaries.built[tags] = path
	return path
}

// site is one test's surroundings: a database with a shop, and a fake Twilio.
type site struct {
	t    *testing.T
	url  string
	db   *pgxpool.Pool
	fake *twiliotest.Fake
	env  []string
}

// The shop's files, as another company would bring them.
var shopFiles = map[string]string{
	"suppliers.csv": "name,lead_time_days,min_order\nAcme Tools,5,10\n",
	"products.csv": "sku,name,aliases,supplier,unit_cost,unit_price,reorder_point\n" +
		"DRL-18,Cordless drill 18 V,drill,Acme Tools,40,79.90,10\nSAW-7,Hand saw,saw;handsaw,Acme Tools,8,14.50,20\n",
	"stock.csv": "sku,location,quantity\nDRL-18,Bristol,7\nDRL-18,Bath,30\nSAW-7,Bristol,0\nSAW-7,Bath,4\n",
	"sales.csv": "date,sku,location,quantity,unit_price\n2026-11-01,DRL-18,Bristol,2,79.90\n2026-11-02,SAW-7,Bath,5,14.50\n",
	"users.csv": "phone,name,role,persona,timezone,language\n" +
		"+447700900101,Dora,operator,,Europe/London,en\n+447700900102,Stan,viewer,streamliner,Europe/London,en\n" +
		"+447700900103,Nina,manager,navigator,Europe/London,en\n+447700900104,Hugo,operator,hub,Europe/London,en\n" +
		"+447700900105,Skye,viewer,spring,Europe/London,en\n+447700900106,Paul,admin,processor,Europe/London,en\n",
}

func address(n int) app.Address {
	return app.Address(fmt.Sprintf("whatsapp:+4477009001%02d", n))
}

func newSite(t *testing.T, url string) *site {
	t.Helper()
	dir := t.TempDir()
	for name, content := range shopFiles {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	ctx := context.Background()
	_, err := importer.Import(ctx, url, importer.Options{Company: "Tool Shed", Dir: dir})
	require.NoError(t, err)
	s := &site{t: t, url: url}
	s.db, err = pool.Open(ctx, url, 4)
	require.NoError(t, err)
	t.Cleanup(s.db.Close)
	s.fake = twiliotest.New(twiliotest.Options{})
	require.NoError(t, s.fake.Start())
	t.Cleanup(s.fake.Close)
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + url, "ADMIN_USER=ops", "ADMIN_PASSWORD=correct-horse-battery",
		"TWILIO_ACCOUNT_SID=" + s.fake.AccountSID(), "TWILIO_AUTH_TOKEN=" + s.fake.AuthToken(),
		"TWILIO_WHATSAPP_NUMBER=" + string(s.fake.Number()), "TWILIO_API_URL=" + s.fake.URL(), "RATE_LIMIT_PER_MINUTE=0",
		"ACK_MODE=off", // an acknowledgement is no answer: these tests count answers
	}
	return s
}

// process is a running ferry.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	addr  string // public
	admin string
	log   lockedBuffer
	ended chan struct{}
	err   error
}

// start runs 'ferry serve' and waits until it is ready. The public address is
// a fixed one, so that a restarted process is found where its predecessor was.
func (s *site) start(bin, role, addr string, env ...string) *process {
	s.t.Helper()
	ports, err := freePorts(context.Background(), 1)
	require.NoError(s.t, err)
	p := &process{t: s.t, addr: addr, admin: ports[0], ended: make(chan struct{})}
	p.cmd = exec.Command(bin, "serve", "--role", role)
	p.cmd.Env = append(append(append([]string{}, s.env...),
		"HTTP_ADDR="+addr, "ADMIN_ADDR="+p.admin, "PUBLIC_URL=http://"+addr), env...)
	p.cmd.Stderr = &p.log
	require.NoError(s.t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	s.t.Cleanup(func() { p.kill() })
	require.Eventually(s.t, func() bool {
		req, err := http.NewRequest(http.MethodGet, "http://"+p.admin+"/readyz", nil)
		require.NoError(s.t, err)
		req.SetBasicAuth("ops", "correct-horse-battery")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		require.NoError(s.t, resp.Body.Close())
		return resp.StatusCode == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond, "not ready: %s", &p.log)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func (p *process) terminate() error {
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
		return p.err
	case <-time.After(30 * time.Second):
		p.t.Fatal("did not stop within 30 s of SIGTERM")
		return nil
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ports, err := freePorts(context.Background(), 1)
	require.NoError(t, err)
	return ports[0]
}

// say posts a message as a person's phone, and again, as Twilio does, while
// the answer is no answer at all. Every answer there is must be a 200.
func (s *site) say(addr string, n int, sid, body string) {
	phone := s.fake.Phone(address(n), s.fake.Number(), "http://"+addr+web.MessagePath)
	in := twiliotest.Inbound{Body: body, SID: sid}
	require.Eventually(s.t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		answer, err := phone.Send(ctx, in)
		in.SID = answer.SID
		if err != nil {
			return false // nobody there: Twilio would come again
		}
		require.Equal(s.t, http.StatusOK, answer.Status, answer.Body)
		return true
	}, 30*time.Second, 50*time.Millisecond)
}

func (s *site) await(want int, sql string) {
	s.t.Helper()
	got := -1
	if !eventually(60*time.Second, func() bool {
		return s.db.QueryRow(context.Background(), sql).Scan(&got) == nil && got == want
	}) {
		require.Failf(s.t, "the database did not get there", "%s: got %d, want %d\n%s", sql, got, want, s.stuck())
	}
}

// eventually tries something until it works or the time is up.
func eventually(within time.Duration, works func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); <-tick.C {
		if works() {
			return true
		}
	}
	return false
}

// stuck tells what is open, for a failed test.
func (s *site) stuck() string {
	rows, err := s.db.Query(context.Background(), `
		SELECT concat_ws(' ', 'conversation', v.state, v.failure, 'run', e.status, e.attempt, e.error, 'part', r.status, r.attempt, r.error)
		FROM whatsapp_conversations v LEFT JOIN agent_execution_queue e ON e.id = v.execution_id LEFT JOIN reply_parts r ON r.conversation_id = v.id
		WHERE v.state <> 'answered'
		UNION ALL
		SELECT concat_ws(' ', 'job', kind, state, attempt, scheduled_at, errors[array_upper(errors, 1)]->>'error') FROM river_job
		WHERE state <> 'completed' LIMIT 20`)
	if err != nil {
		return err.Error()
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err.Error()
	}
	return strings.Join(lines, "\n")
}

// requireAnswered checks that the fake accepted exactly as many messages as
// were asked, and that each belongs to another question: the ledger says which.
func (s *site) requireAnswered(want int) {
	s.t.Helper()
	got := 0
	for _, m := range s.fake.Messages() {
		if !m.Inbound {
			got++
		}
	}
	require.Equal(s.t, want, got, "answers that left")
	var parts, sids int
	require.NoError(s.t, s.db.QueryRow(context.Background(),
		`SELECT count(DISTINCT conversation_id), count(DISTINCT twilio_sid) FROM reply_parts`).Scan(&parts, &sids))
	require.Equal(s.t, want, parts, "questions that were answered")
	require.Equal(s.t, want, sids, "answers on the ledger")
}

const answered = `SELECT count(*) FROM whatsapp_conversations WHERE state = 'answered' AND response_sent`

func TestServeAnswersAnotherCompanysStock(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	addr := freeAddr(t)
	s.start(binary(t, ""), "web", addr)
	worker := s.start(binary(t, ""), "worker", addr)

	phone := s.fake.Phone(address(1), s.fake.Number(), "http://"+addr+web.MessagePath)
	answer, err := phone.Send(context.Background(), twiliotest.Inbound{
		Body: "how many drills in Bristol?", Header: http.Header{"Accept": {"application/json"}},
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.Status)
	var said struct {
		Success     bool   `json:"success"`
		ExecutionID string `json:"executionId"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer.Body), &said))
	require.True(t, said.Success)
	reply, err := s.fake.Await(context.Background(), func(m twiliotest.Message) bool { return m.To == string(address(1)) })
	require.NoError(t, err)
	require.Contains(t, reply.Body, "7")
	require.Contains(t, reply.Body, "Bristol")
	s.await(1, `SELECT count(*) FROM reply_parts WHERE status = 'delivered'`) // the fake's callbacks came in
	var status string
	require.NoError(t, s.db.QueryRow(context.Background(), `SELECT status FROM agent_execution_queue WHERE id = $1`, said.ExecutionID).Scan(&status))
	require.Equal(t, "completed", status)
	require.NoError(t, worker.terminate())
}

func TestTwoWebsAndTwoWorkersOnOneDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	// Both web processes are the one PUBLIC_URL behind a load balancer.
	public := freeAddr(t)
	second := freeAddr(t)
	bin := binary(t, "")
	s.start(bin, "web", public)
	s.start(bin, "web", second, "PUBLIC_URL=http://"+public+",http://"+second)
	s.start(bin, "worker", public)
	s.start(bin, "worker", public)
	const each = 20
	var people sync.WaitGroup
	for n := 1; n <= 6; n++ {
		people.Go(func() {
			for i := range each {
				sid := fmt.Sprintf("SM%030x%02x", i, n)
				var copies sync.WaitGroup
				for _, addr := range []string{public, second} { // the same message, at both, at once
					copies.Go(func() { s.say(addr, n, sid, "stock DRL-18") })
				}
				copies.Wait()
			}
		})
	}
	people.Wait()
	s.await(6*each, answered)
	s.requireAnswered(6 * each)
	s.await(0, `SELECT count(*) FROM river_job WHERE kind IN ('execute', 'send') AND state <> 'completed'`)
}

func TestStopUnderLoadLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	addr := freeAddr(t)
	bin := binary(t, "")
	s.start(bin, "web", addr)
	const each = 40
	stopped := s.start(bin, "worker", addr)
	var people sync.WaitGroup
	for n := 1; n <= 6; n++ {
		people.Go(func() {
			for i := range each {
				s.say(addr, n, fmt.Sprintf("SM%030x%02x", i, n), "stock DRL-18")
			}
		})
	}
	s.await(1, `SELECT LEAST(count(*), 1)::int FROM whatsapp_conversations WHERE state = 'answered'`)
	require.NoError(t, stopped.terminate(), "a stop on request is no failure")
	s.start(bin, "worker", addr)
	people.Wait()
	s.await(6*each, answered)
	s.requireAnswered(6 * each)
	s.await(0, `SELECT count(*) FROM agent_execution_queue WHERE attempt > 1`)
}

func TestPostgresCrashesUnderLoad(t *testing.T) {
	t.Parallel()
	server, url := pgtest.Durable(t)
	s := newSite(t, url)
	addr := freeAddr(t)
	bin := binary(t, "")
	s.start(bin, "web", addr)
	s.start(bin, "worker", addr)
	const each = 30
	var people sync.WaitGroup
	for n := 1; n <= 6; n++ {
		people.Go(func() {
			for i := range each {
				s.say(addr, n, fmt.Sprintf("SM%030x%02x", i, n), "stock DRL-18") // only 200s, within 15 s
			}
		})
	}
	for range 2 {
		s.await(1, `SELECT LEAST(count(*), 1)::int FROM whatsapp_conversations WHERE created_at > now() - interval '1 second'`)
		require.NoError(t, server.Kill())
		require.NoError(t, server.Restart(context.Background()))
	}
	people.Wait()
	s.db.Reset() // the test's own connections died with the server
	s.await(6*each, answered)
	s.requireAnswered(6 * each)
}

func TestServeRefusesToStart(t *testing.T) {
	t.Parallel()
	empty := pgtest.Empty(t)
	tests := []struct {
		name string
		env  []string
		want []string
	}{
		{"nothing configured", []string{"DATABASE_URL="}, []string{"DATABASE_URL"}},
		{"database not migrated", []string{"DATABASE_URL=" + empty}, []string{"migrate"}},
		{"no database there", []string{"DATABASE_URL=postgres://127.0.0.1:1/x"}, []string{"database"}},
		{"no token", []string{"TWILIO_AUTH_TOKEN="}, []string{"TWILIO_AUTH_TOKEN"}},
		{"no password", []string{"ADMIN_PASSWORD="}, []string{"ADMIN_PASSWORD"}},
		{"public address taken", []string{"HTTP_ADDR=" + takenAddr(t)}, []string{"HTTP_ADDR", "free"}},
	}
	s := newSite(t, pgtest.DB(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(binary(t, ""), "serve")
			cmd.Env = append(append(append([]string{}, s.env...), "HTTP_ADDR="+freeAddr(t), "ADMIN_ADDR="+freeAddr(t), "PUBLIC_URL=https://ferry.example.com"), tt.env...)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, exitError, exit.ExitCode(), string(out))
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			for _, want := range tt.want {
				require.Contains(t, lines[len(lines)-1], want)
			}
			require.NotContains(t, string(out), s.fake.AuthToken())
		})
	}
}

// takenAddr is an address that somebody listens on.
func takenAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
