package localpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// folder is where one server lives:
//
//	owner.lock    locked for as long as the owning process lives
//	password      of the superuser
//	postgres.log  of the newest run
//	data/         Postgres's own
type folder struct {
	path      string
	temporary bool
	lock      *os.File
	remover   *remover // of a temporary folder
}

func (f *folder) data() string { return filepath.Join(f.path, "data") }
func (f *folder) log() string  { return filepath.Join(f.path, "postgres.log") }

// shutdown is the signal for an orderly end: Postgres's fast shutdown, which
// ends the sessions and writes a checkpoint. For data that nobody will read
// again it is the immediate one.
func (f *folder) shutdown() syscall.Signal {
	if f.temporary {
		return syscall.SIGQUIT
	}
	return syscall.SIGINT
}

// openFolder makes and locks the folder at path. For "" it makes a temporary
// one, in memory if the data may be lost and there is room.
func openFolder(path string, inMemory bool) (*folder, error) {
	var f *folder
	var err error
	if path == "" {
		f, err = makeTemporary(inMemory)
	} else if path, err = filepath.Abs(path); err == nil {
		f = &folder{path: path}
		err = os.MkdirAll(path, 0o755) //nolint:gosec // the server's user has to get through
	}
	if err != nil {
		return nil, fmt.Errorf("make the database's folder: %w", err)
	}
	if f.lock, err = lockOwner(f.path); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func makeTemporary(inMemory bool) (*folder, error) {
	var parent string
	if inMemory {
		parent = memoryFolder()
	}
	path, err := os.MkdirTemp(parent, "ferry-postgres-")
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, temporary: true}
	// MkdirTemp lets only us in; the server may be another user.
	if err := os.Chmod(path, 0o711); err != nil { //nolint:gosec // as above
		return nil, errors.Join(err, f.close())
	}
	if f.remover, err = startRemover(path); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// lockOwner takes the lock that says "the owner lives". The kernel drops it
// with the process, however that ends, and no child inherits it.
func lockOwner(path string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(path, "owner.lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the caller chose the folder
	if err != nil {
		return nil, fmt.Errorf("open the database folder's lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("the database in %s is in use by another process", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// close gives the folder up, and removes it if it is temporary.
func (f *folder) close() error {
	var errs []error
	if f.temporary {
		errs = append(errs, os.RemoveAll(f.path), f.remover.stop())
	}
	if f.lock != nil {
		errs = append(errs, f.lock.Close())
	}
	return errors.Join(errs...)
}

// major is the version of Postgres that made the data; 0 for no data yet.
func (f *folder) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	return major, nil
}

// initialise makes the data folder with initdb and returns the superuser's
// password. It works beside the final place, so that an interrupted run leaves
// nothing that looks finished.
func (f *folder) initialise(ctx context.Context, server installation, runAs *account, flags ...string) (password string, err error) {
	password = rand.Text()
	passwordFile := filepath.Join(f.path, "password")
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the database's password: %w", err)
	}
	unfinished := f.data() + ".unfinished"
	if err := errors.Join(os.RemoveAll(unfinished), os.Mkdir(unfinished, 0o700)); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	for _, path := range []string{passwordFile, unfinished} {
		if err := runAs.own(path); err != nil {
			return "", err
		}
	}
	if err := runAs.reach(f.path); err != nil {
		return "", err
	}
	args := append([]string{
		"-D", unfinished, "-U", superuser, "-A", "scram-sha-256", "--pwfile", passwordFile,
		"-E", "UTF8", "--no-locale", "-N", "--no-instructions",
	}, flags...)
	cmd := exec.CommandContext(ctx, filepath.Join(server.dir, "initdb"), args...) //nolint:gosec // see inspect
	cmd.Dir, cmd.Env = f.path, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: runAs.credential()}
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, lastLines(output))
	}
	if err := os.Rename(unfinished, f.data()); err != nil {
		return "", fmt.Errorf("finish the data folder: %w", err)
	}
	return password, nil
}

// password of data that an earlier run made.
func (f *folder) password() (string, error) {
	text, err := os.ReadFile(filepath.Join(f.path, "password"))
	if err != nil {
		return "", fmt.Errorf("read the database's password: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// stopOrphan ends a server whose owner is dead, which we know because we hold
// the owner's lock. On Linux it is ending already and is waited for.
func (f *folder) stopOrphan(ctx context.Context, server installation, runAs *account) error {
	orphan := readPIDFile(f.data())
	// Signal 0 only asks whether there is such a process; EPERM says there is.
	if orphan.pid <= 1 || errors.Is(syscall.Kill(orphan.pid, 0), syscall.ESRCH) {
		return nil
	}
	cmd := exec.CommandContext(ctx, filepath.Join(server.dir, "pg_ctl"), //nolint:gosec // see inspect
		"stop", "-D", f.data(), "-m", "fast", "-w", "-t", strconv.Itoa(int(stopWait.Seconds())))
	cmd.Dir, cmd.Env = f.path, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: runAs.credential()}
	output, err := cmd.CombinedOutput()
	if err != nil && readPIDFile(f.data()).pid != 0 {
		return fmt.Errorf("stop the server left behind by an earlier run: %w: %s", err, lastLines(output))
	}
	return nil
}

// environment is ours without what would steer Postgres (PGDATA, PGPORT, …)
// and with untranslated messages.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "LC_") && !strings.HasPrefix(entry, "LANG") {
			env = append(env, entry)
		}
	}
	return env
}

// lastLines is the end of a program's output, as one line for an error.
func lastLines(output []byte) string {
	lines := strings.Split(string(bytes.TrimSpace(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], " | ")
}
