package pgtest_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/sql/migrations"
	"ferry/sql/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

func TestDB(t *testing.T) {
	t.Parallel()
	require.NoError(t, migrations.Check(t.Context(), pgtest.DB(t)))
}
