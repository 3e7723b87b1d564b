package localpg

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ownerVariable makes the test binary the owner of a server, in the folder that
// it names. Then it prints the URL and the folder and waits to be killed.
const ownerVariable = "LOCALPG_TEST_OWNER"

func ownServer(dir string) error {
	s, err := Start(context.Background(), Options{Dir: dir, FastUnsafe: dir == ""})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, s.URL("postgres"), s.folder.path); err != nil {
		return err
	}
	select {}
}

// owner is a process that owns a server.
type owner struct {
	cmd       *exec.Cmd
	serverURL string
	port      int
	folder    string
}

func startOwner(t *testing.T, dir string) owner {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the owner says where its server is")
	serverURL, folder, ok := strings.Cut(lines.Text(), " ")
	require.True(t, ok)
	u, err := url.Parse(serverURL)
	require.NoError(t, err)
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	return owner{cmd: cmd, serverURL: serverURL, port: port, folder: folder}
}

// kill is kill -9: the owner has no chance to clean up.
func (o owner) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, o.cmd.Process.Kill())
	require.ErrorContains(t, o.cmd.Wait(), "signal: killed")
}

func TestTemporaryFolderGoesWithItsOwner(t *testing.T) {
	t.Parallel()
	o := startOwner(t, "")
	o.kill(t)
	require.Eventually(t, func() bool {
		_, err := os.Stat(o.folder)
		return os.IsNotExist(err)
	}, 20*time.Second, 10*time.Millisecond)
}

func TestKeptFolderSurvivesItsOwner(t *testing.T) {
	t.Parallel()
	dir := keptFolder(t)
	o := startOwner(t, dir)
	query(t, o.serverURL, `CREATE TABLE kept AS SELECT 'still here' AS what`)
	o.kill(t)

	// At once, while the old server is still on its way out.
	s := started(t, Options{Dir: dir})
	require.Equal(t, "still here", query(t, s.URL("postgres"), `SELECT what FROM kept`))
}
