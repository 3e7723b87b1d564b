package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// readyPoll is how often the server's status line is read while it starts.
	readyPoll = 5 * time.Millisecond
	// stopWait is how long a stop may take: it writes a checkpoint.
	stopWait = 20 * time.Second
)

// errPortTaken means that another program got the port first.
var errPortTaken = errors.New("the port is taken")

// process is one run of the server.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has exited
}

// launch starts cmd on a thread that is kept until cmd exits: Pdeathsig goes
// off when the starting thread ends, and Go ends idle threads as it likes.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // why it exited is told by the server's log
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	return p, nil
}

// awaitReady returns once the server takes connections. It reads the status
// that the server keeps in postmaster.pid, as pg_ctl does: cheaper and sooner
// than trying to connect.
func (p *process) awaitReady(ctx context.Context, dataDir string) error {
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	for {
		if f := readPIDFile(dataDir); f.pid == p.cmd.Process.Pid && f.status == "ready" {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("postgres exited at once")
		case <-ctx.Done():
			return fmt.Errorf("wait for postgres: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// stop sends sig to the server and returns when it is gone; a server that does
// not obey in time is killed.
func (p *process) stop(sig syscall.Signal) error {
	timeout := time.NewTimer(stopWait)
	defer timeout.Stop()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal postgres: %w", err)
	}
	select {
	case <-p.done:
		return nil
	case <-timeout.C:
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill postgres: %w", err)
	}
	<-p.done
	return fmt.Errorf("postgres did not stop within %v and was killed", stopWait)
}

// pidFile is what postmaster.pid tells; zero when there is none.
type pidFile struct {
	pid    int
	port   int
	status string // "starting", "ready", "stopping"
}

// readPIDFile reads the lines of postmaster.pid by their fixed numbers
// (src/include/utils/pidfile.h in Postgres): 1 is the pid, 4 the port, 8 the status.
func readPIDFile(dataDir string) pidFile {
	content, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid")) //nolint:gosec // the caller chose the folder
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(content), "\n")
	number := func(line int) int {
		if len(lines) < line {
			return 0
		}
		n, err := strconv.Atoi(strings.TrimSpace(lines[line-1]))
		if err != nil {
			return 0
		}
		return n
	}
	f := pidFile{pid: number(1), port: number(4)}
	if len(lines) >= 8 {
		f.status = strings.TrimSpace(lines[7])
	}
	return f
}
