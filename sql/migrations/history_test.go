package migrations

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Red after an update of River that brings a migration: see riverVersion.
func TestRiverIsComplete(t *testing.T) {
	t.Parallel()
	river, err := riverMigrator()
	require.NoError(t, err)
	var have []int
	for _, m := range river.AllVersions() {
		have = append(have, m.Version)
	}
	require.Equal(t, have, slices.Sorted(maps.Values(riverVersion)))
}

func TestHistory(t *testing.T) {
	t.Parallel()
	h, err := newHistory()
	require.NoError(t, err)
	for v := uint(1); v <= h.latest(); v++ {
		up, hasUp := h.index.Up(v)
		down, hasDown := h.index.Down(v)
		require.True(t, hasUp && hasDown, "version %d is a pair of files, without a gap below it", v)
		require.Equal(t, up.Identifier, down.Identifier)
	}

	ownTransaction := regexp.MustCompile(`(?im)^\s*(BEGIN|COMMIT)\s*;|CONCURRENTLY\s`)
	for name, sql := range h.files {
		require.NotContains(t, sql, "TEMPLATE", name)
		for i, line := range regexp.MustCompile(`(?m)--.*$`).Split(sql, -1) {
			require.NotRegexp(t, ownTransaction, line, "%s, part %d", name, i)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	h, err := newHistory()
	require.NoError(t, err)
	before := h.fingerprint()
	again, err := Fingerprint()
	require.NoError(t, err)
	require.Equal(t, before, again)

	h.files["000001_river_1.up.sql"] += " "
	require.NotEqual(t, before, h.fingerprint())
}

func TestHistoryRefuses(t *testing.T) {
	t.Parallel()
	h, err := newHistory()
	require.NoError(t, err)
	require.ErrorContains(t, h.add("000001_other.up.sql", ""), "its number is taken")
	require.ErrorContains(t, h.add("notes.sql", ""), "want 000000_what.up.sql")
}
