package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemoNote(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env := demoEnvironment(t, &out, nil)
	note := newDemoNote(env.getenv)
	url, err := note.read()
	require.NoError(t, err)
	require.Empty(t, url)

	require.NoError(t, note.write("http://127.0.0.1:1"))
	require.NoError(t, note.write("http://127.0.0.1:2"))
	info, err := os.Stat(note.path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(note.path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.NoError(t, note.remove("http://127.0.0.1:1"), "the older demo's end")
	url, err = note.read()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:2", url)

	// Nobody answers there: the note is stale, and goes.
	client, err := findDemo(t.Context(), "", note)
	require.Nil(t, client)
	require.ErrorContains(t, err, "the demo at http://127.0.0.1:2 is not running any more: start one with 'ferry demo'")
	require.NoFileExists(t, note.path)

	_, err = findDemo(t.Context(), "http://127.0.0.1:2", note)
	require.ErrorContains(t, err, "no demo answers at http://127.0.0.1:2")
	require.NoError(t, os.WriteFile(note.path, []byte("{"), 0o600))
	_, err = findDemo(t.Context(), "", note)
	require.ErrorContains(t, err, "read the demo's note "+note.path)
}
