package pool

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

// The codec is there for speed: pgx would do without it, through texts.
func TestUUIDStaysBinary(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	registerUUID(types)
	id := uuid.New()

	require.IsType(t, encodeUUID{}, types.PlanEncode(pgtype.UUIDOID, pgtype.BinaryFormatCode, id))
	encoded, err := types.Encode(pgtype.UUIDOID, pgtype.BinaryFormatCode, id, nil)
	require.NoError(t, err)
	require.Equal(t, id[:], encoded)

	var back uuid.UUID
	require.IsType(t, scanUUID{}, types.PlanScan(pgtype.UUIDOID, pgtype.BinaryFormatCode, &back))
	require.NoError(t, types.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, encoded, &back))
	require.Equal(t, id, back)

	require.ErrorContains(t, types.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, encoded[:15], &back), "15 bytes")
}
