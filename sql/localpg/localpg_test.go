package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(ownerVariable); ok {
		fmt.Fprintln(os.Stderr, "own a server:", ownServer(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func started(t *testing.T, options Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

// keptFolder is a folder for data that outlives a server. Not t.TempDir, whose
// parents let nobody else in: as root, the server is another user.
func keptFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memoryFolder(), "localpg-test-") //nolint:usetesting // the reason is above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "kept")
}

func query(t *testing.T, databaseURL, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.Background())) }()
	// The simple protocol gives text, and lets sql be several statements.
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	require.NoError(t, err)
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

func accepts(port int) bool {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "password_encryption": "scram-sha-256",
		"server_encoding": "UTF8", "lc_collate": "C", "timezone": "UTC", "max_connections": "200",
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
	} {
		require.Equal(t, want, query(t, s.URL("postgres"), "SHOW "+setting), setting)
	}
	require.FileExists(t, filepath.Join(s.BinDir(), "postgres"))

	u, err := url.Parse(s.URL("postgres"))
	require.NoError(t, err)
	u.User = url.UserPassword(superuser, "guess")
	_, err = pgx.Connect(t.Context(), u.String())
	require.ErrorContains(t, err, "password authentication failed")

	require.NoError(t, s.Stop())
	require.False(t, accepts(s.port))
	require.NoDirExists(t, s.folder.path)
	require.NoError(t, s.Stop(), "a second Stop does nothing")
	require.ErrorContains(t, s.Restart(t.Context()), "stopped for good")
}

func TestOptions(t *testing.T) {
	t.Parallel()
	s := started(t, Options{FastUnsafe: true, Settings: map[string]string{"max_connections": "17", "synchronous_commit": "local"}})
	for setting, want := range map[string]string{
		"fsync": "off", "full_page_writes": "off", "max_connections": "17", "synchronous_commit": "local",
	} {
		require.Equal(t, want, query(t, s.URL("postgres"), "SHOW "+setting), setting)
	}
}

func TestStartTellsWhatPostgresSays(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{FastUnsafe: true, Settings: map[string]string{"max_connections": "none"}})
	require.ErrorContains(t, err, `invalid value for parameter "max_connections"`)
	require.NotContains(t, err.Error(), "\n")
}

func TestStartObeysItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestCreateDatabase(t *testing.T) {
	t.Parallel()
	s := started(t, Options{FastUnsafe: true})
	const name = `O'Neill "x"; é`
	for range 2 {
		require.NoError(t, s.CreateDatabase(t.Context(), name))
	}
	require.Equal(t, name, query(t, s.URL(name), "SELECT current_database()"))
}

func TestKeptFolder(t *testing.T) {
	t.Parallel()
	dir := keptFolder(t)
	first, err := Start(t.Context(), Options{Dir: dir})
	require.NoError(t, err)
	query(t, first.URL("postgres"), `CREATE TABLE kept AS SELECT 'still here' AS what`)

	_, err = Start(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, "is in use by another process")
	require.NoError(t, first.Stop())

	second := started(t, Options{Dir: dir})
	require.Equal(t, "still here", query(t, second.URL("postgres"), `SELECT what FROM kept`))
}

// An initdb that was cut off leaves nothing that a later start would take for data.
func TestUnfinishedFolder(t *testing.T) {
	t.Parallel()
	dir := keptFolder(t)
	unfinished := filepath.Join(dir, "data.unfinished")
	require.NoError(t, os.MkdirAll(unfinished, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(unfinished, "PG_VERSION"), []byte("15\n"), 0o600))
	s := started(t, Options{Dir: dir, FastUnsafe: true})
	require.Equal(t, "1", query(t, s.URL("postgres"), `SELECT 1`))
	require.NoDirExists(t, unfinished)
}

// Data of another version of Postgres is refused in words, before the server
// would refuse it in its own.
func TestFolderOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := keptFolder(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("1234\n"), 0o600))
	_, err := Start(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, "exactly 1234, which made the data, is needed")
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	s := started(t, Options{})
	query(t, s.URL("postgres"), `CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)`)
	before := s.URL("postgres")

	require.NoError(t, s.Kill())
	require.False(t, accepts(s.port))
	require.NoError(t, s.Kill(), "killing a dead server does nothing")
	require.NoError(t, s.Restart(t.Context()))
	require.Equal(t, before, s.URL("postgres"))
	require.Equal(t, "1000", query(t, s.URL("postgres"), `SELECT count(*) FROM kept`))
	log, err := os.ReadFile(s.folder.log())
	require.NoError(t, err)
	require.Contains(t, string(log), "database system was not properly shut down", "Kill is a crash")

	require.NoError(t, s.Restart(t.Context()), "restarting a live server stops it first")
	require.Equal(t, "1000", query(t, s.URL("postgres"), `SELECT count(*) FROM kept`))
}

// Whoever has taken the port meanwhile is waited for.
func TestRestartWaitsForItsPort(t *testing.T) {
	t.Parallel()
	s := started(t, Options{FastUnsafe: true})
	require.NoError(t, s.Kill())
	squatter, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	require.NoError(t, err)

	restarted := make(chan error, 1)
	go func() { restarted <- s.Restart(t.Context()) }()
	require.Eventually(t, func() bool {
		log, err := os.ReadFile(s.folder.log())
		return err == nil && strings.Contains(string(log), "Address already in use")
	}, 30*time.Second, time.Millisecond)
	require.NoError(t, squatter.Close())
	require.NoError(t, <-restarted)
	require.Equal(t, "1", query(t, s.URL("postgres"), `SELECT 1`))
}

// A server whose owner died without it, as kill -9 does where the kernel does
// not tie the two, is stopped by the next owner of its folder.
func TestOrphanIsReplaced(t *testing.T) {
	t.Parallel()
	dir := keptFolder(t)
	orphan, err := Start(t.Context(), Options{Dir: dir})
	require.NoError(t, err)
	query(t, orphan.URL("postgres"), `CREATE TABLE kept AS SELECT 'still here' AS what`)
	require.NoError(t, orphan.folder.lock.Close(), "the owner is as good as dead")

	s := started(t, Options{Dir: dir})
	require.Equal(t, "still here", query(t, s.URL("postgres"), `SELECT what FROM kept`))
	<-orphan.process.done
}

func TestAccountMustReachTheFolder(t *testing.T) {
	t.Parallel()
	stranger := &account{name: "stranger", uid: 54321, gid: 54321}
	private := t.TempDir()
	require.NoError(t, os.Chmod(private, 0o700))
	inside := filepath.Join(private, "inside")
	require.NoError(t, os.Mkdir(inside, 0o755))

	err := stranger.reach(inside)
	require.ErrorContains(t, err, "runs as user stranger, who may not enter "+private)
	require.NoError(t, (*account)(nil).reach(inside), "we ourselves may")
	require.ErrorIs(t, stranger.reach(filepath.Join(private, "nowhere")), fs.ErrNotExist)
}

func TestProcessThatNeverGetsReady(t *testing.T) {
	t.Parallel()
	s := started(t, Options{FastUnsafe: true})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("out of patience"))
	defer cancel()
	// The pid file of another folder never names this process.
	require.ErrorContains(t, s.process.awaitReady(ctx, t.TempDir()), "out of patience")
}
