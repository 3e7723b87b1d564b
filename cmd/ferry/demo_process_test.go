package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// keptFolder is a folder for a demo's data. Not t.TempDir, whose parents let
// nobody else in: as root, the server is another user.
func keptFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ferry-demo-test-") //nolint:usetesting // the reason is above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "data")
}

// demoProcess runs the binary's demo until it is ready.
func demoProcess(t *testing.T, cache, data string) (cmd *exec.Cmd, out *lockedBuffer) {
	t.Helper()
	out = &lockedBuffer{}
	cmd = exec.Command(binary(t, ""), "demo", "--headless", "--addr", "127.0.0.1:0", "--data", data)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "XDG_CACHE_HOME=" + cache}
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "ends the demo") }, time.Minute, 20*time.Millisecond, out.String())
	return cmd, out
}

// A demo that is killed takes its Postgres along, the next one finds its data
// again, and one that is asked to stop leaves nothing running.
func TestDemoProcess(t *testing.T) {
	t.Parallel()
	cache, data := t.TempDir(), keptFolder(t)
	killed, _ := demoProcess(t, cache, data)
	chat := func(args ...string) (string, error) {
		cmd := exec.Command(binary(t, ""), append([]string{"chat"}, args...)...)
		cmd.Env = []string{"XDG_CACHE_HOME=" + cache}
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	text, err := chat("--as", "Ellie", "stock COF-001")
	require.NoError(t, err, text)
	require.Contains(t, text, "COF-001")

	postgres := postmaster(t, data)
	require.True(t, alive(postgres))
	require.NoError(t, killed.Process.Kill())
	require.Error(t, killed.Wait())
	require.Eventually(t, func() bool { return !alive(postgres) }, 10*time.Second, 10*time.Millisecond, "Postgres outlives a killed demo")
	text, err = chat("help")
	require.Error(t, err)
	require.Contains(t, text, "is not running any more: start one with 'ferry demo'")

	d := newDemo(t, demoOptions{addr: "127.0.0.1:0", data: data})
	conn, err := pgx.Connect(t.Context(), d.database)
	require.NoError(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // the test is over
	var messages, companies int
	err = conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM whatsapp_conversations), (SELECT count(*) FROM companies)`).Scan(&messages, &companies)
	require.NoError(t, err)
	require.Equal(t, 1, messages)
	require.Equal(t, 1, companies)

	_, err = startDemo(t.Context(), demoOptions{addr: "127.0.0.1:0", data: data}, demoEnvironment(t, &lockedBuffer{}, nil))
	require.ErrorContains(t, err, "is in use by another process")
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, d.stop(context.Background()))

	asked, out := demoProcess(t, cache, data)
	require.Contains(t, out.String(), "The data stays in "+data)
	postgres = postmaster(t, data)
	require.NoError(t, asked.Process.Signal(syscall.SIGTERM))
	require.NoError(t, asked.Wait(), out.String())
	require.False(t, alive(postgres))
	require.True(t, strings.HasSuffix(out.String(), "\nStopping.\n"), out.String())
	require.NoFileExists(t, filepath.Join(cache, "ferry", "demo.json"))
}

// postmaster is the process id of the server on a kept folder.
func postmaster(t *testing.T, data string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	return pid
}

// alive says that a process exists and is not just waiting to be reaped.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
