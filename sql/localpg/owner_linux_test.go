package localpg

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The folder is a kept one: a server whose files vanish ends by itself.
func TestServerDiesWithItsOwner(t *testing.T) {
	t.Parallel()
	o := startOwner(t, keptFolder(t))
	require.True(t, accepts(o.port))
	o.kill(t)
	require.Eventually(t, func() bool { return !accepts(o.port) }, 20*time.Second, 10*time.Millisecond)
}
