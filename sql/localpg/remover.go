package localpg

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// removal waits for the end of its input, which comes when this process closes
// it or dies, in whatever way. The server may be writing its last files then.
const removal = `read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" && exit
  sleep 1
done`

// remover is a shell that removes a temporary folder after us. A test binary
// ends without a word, and forty megabytes for each would pile up.
type remover struct {
	cmd   *exec.Cmd
	input io.Closer
}

func startRemover(path string) (*remover, error) {
	cmd := exec.Command("/bin/sh", "-c", removal, "sh", path) //nolint:gosec,noctx // the path is an argument, not part of the script; it outlives every context
	// Its own process group: Ctrl-C is for us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("prepare the removal of the temporary folder: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the removal of the temporary folder: %w", err), input.Close())
	}
	return &remover{cmd: cmd, input: input}, nil
}

// stop lets the shell do its work now and waits for it.
func (r *remover) stop() error {
	if r == nil {
		return nil
	}
	if err := errors.Join(r.input.Close(), r.cmd.Wait()); err != nil {
		return fmt.Errorf("remove the temporary folder: %w", err)
	}
	return nil
}
