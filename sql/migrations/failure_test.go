package migrations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/sql/migrations"
	"ferry/sql/pgtest"
)

// requireBrief holds an error to one readable line: golang-migrate's own carry
// the whole SQL file.
func requireBrief(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Less(t, len(err.Error()), 300, err)
	require.NotContains(t, err.Error(), "\n")
	require.NotContains(t, err.Error(), "CREATE TABLE")
	require.NotContains(t, err.Error(), "DROP TABLE")
}

func TestFailedUp(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	conn := connect(t, databaseURL)
	execute(t, conn, `CREATE TABLE contacts ()`) // stands in the way of version 10

	err := migrations.Up(t.Context(), databaseURL)
	requireBrief(t, err)
	require.ErrorContains(t, err, `apply version 10: ERROR: relation "contacts" already exists (SQLSTATE 42P07)`)
	require.ErrorContains(t, err, "'ferry migrate force 9' and try again")
	at, dirty := version(t, databaseURL)
	require.EqualValues(t, 10, at)
	require.True(t, dirty)

	// Doing what the error says mends it.
	execute(t, conn, `DROP TABLE contacts`)
	require.NoError(t, migrations.Force(t.Context(), databaseURL, 9))
	require.NoError(t, migrations.Up(t.Context(), databaseURL))
	require.NoError(t, migrations.Check(t.Context(), databaseURL))
}

func TestFailedDown(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.DB(t)
	conn := connect(t, databaseURL)
	require.NoError(t, migrations.Down(t.Context(), databaseURL, int(migrations.Latest())-10))
	execute(t, conn, `CREATE VIEW everybody AS SELECT * FROM contacts`) // needs a table of version 10

	err := migrations.Down(t.Context(), databaseURL, 1)
	requireBrief(t, err)
	require.ErrorContains(t, err, "take back version 10: ")
	require.ErrorContains(t, err, "'ferry migrate force 10' and try again")
	require.ErrorContains(t, migrations.Check(t.Context(), databaseURL), "(or 'force 10' if it was 'down' that failed)")

	execute(t, conn, `DROP VIEW everybody`)
	require.NoError(t, migrations.Force(t.Context(), databaseURL, 10))
	require.NoError(t, migrations.Down(t.Context(), databaseURL, -1))
}

// Below the first version there is none to force: the advice has to be 1.
func TestFailedDownOfTheFirst(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.Empty(t)
	require.NoError(t, migrations.StepUp(t.Context(), databaseURL))
	conn := connect(t, databaseURL)
	execute(t, conn, `CREATE VIEW steps AS SELECT * FROM river_migration`)

	err := migrations.Down(t.Context(), databaseURL, 1)
	requireBrief(t, err)
	require.ErrorContains(t, err, "take back version 1: ")
	require.ErrorContains(t, migrations.Check(t.Context(), databaseURL), "version 0 of the database is dirty")
	require.ErrorContains(t, migrations.Up(t.Context(), databaseURL), "'ferry migrate force 1'")
	execute(t, conn, `DROP VIEW steps`)
	require.NoError(t, migrations.Force(t.Context(), databaseURL, 1))
	require.NoError(t, migrations.Up(t.Context(), databaseURL))
}

func TestLockOfAnotherMigration(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.DB(t)
	other := connect(t, databaseURL)
	execute(t, other, `BEGIN; LOCK TABLE schema_migrations`)

	err := migrations.Up(t.Context(), withLockTimeout(t, databaseURL, "50"))
	requireBrief(t, err)
	require.ErrorContains(t, err, "another migration, or a transaction, holds a lock")

	execute(t, other, `ROLLBACK`)
	require.NoError(t, migrations.Up(t.Context(), databaseURL))
}

func TestLockOfATransaction(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.DB(t)
	require.NoError(t, migrations.Down(t.Context(), databaseURL, int(migrations.Latest())-10))
	reader := connect(t, databaseURL)
	execute(t, reader, `BEGIN; LOCK TABLE contacts IN ACCESS SHARE MODE`)

	err := migrations.Down(t.Context(), withLockTimeout(t, databaseURL, "50"), 1)
	requireBrief(t, err)
	require.ErrorContains(t, err, "take back version 10: another migration, or a transaction, holds a lock")

	execute(t, reader, `ROLLBACK`)
	require.NoError(t, migrations.Force(t.Context(), databaseURL, 10))
	require.NoError(t, migrations.Down(t.Context(), databaseURL, 1))
}
