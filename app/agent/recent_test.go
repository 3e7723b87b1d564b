package agent

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestRecentForgetsWhatWasNotUsed(t *testing.T) {
	t.Parallel()
	const limit = 4
	r := newRecent[int](limit)
	ids := make([]uuid.UUID, 20)
	for i := range ids {
		ids[i] = uuid.New()
	}
	r.put(ids[0], 0)
	for i := 1; i < len(ids); i++ {
		r.put(ids[i], i)
		kept, ok := r.get(ids[0])
		require.True(t, ok, "what is read stays")
		require.Zero(t, kept)
		require.LessOrEqual(t, len(r.young)+len(r.old), 2*limit)
	}
	_, ok := r.get(ids[1])
	require.False(t, ok)
	newest, ok := r.get(ids[19])
	require.True(t, ok)
	require.Equal(t, 19, newest)

	r.put(ids[19], -1)
	changed, _ := r.get(ids[19])
	require.Equal(t, -1, changed)
}
