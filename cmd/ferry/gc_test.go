package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGCPercentLeavesAFixedHeadroom(t *testing.T) {
	t.Parallel()
	require.Equal(t, gcMost, gcPercent(0))
	require.Equal(t, gcMost, gcPercent(5<<20))
	require.Equal(t, 200, gcPercent(12<<20))
	require.Equal(t, gcLeast, gcPercent(4<<30), "a large heap is collected as usual")
}
