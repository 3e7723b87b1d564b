package twilio

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCodes keeps the table usable: sorted, one treatment each, in words.
func TestCodes(t *testing.T) {
	t.Parallel()
	classes := []Class{
		ClassRetry, ClassWait, ClassTemplate, ClassOptedOut, ClassPermanent, ClassConfiguration, ClassUncertain, ClassBug,
	}
	for i, c := range codes {
		if i > 0 {
			require.Less(t, codes[i-1].Code, c.Code, "sorted, and each code once")
		}
		require.Contains(t, classes, c.Class, c.Code)
		require.NotEmpty(t, c.Meaning, c.Code)
		require.Equal(t, c.Class == ClassWait, c.Class == ClassWait && c.Wait > 0, "code %d waits for no time", c.Code)
		if c.Class == ClassConfiguration && c.Code != 63015 || c.Class == ClassBug {
			require.True(t, c.Alarm, "code %d needs somebody", c.Code)
		}
		found, ok := LookupCode(c.Code)
		require.True(t, ok)
		require.Equal(t, c, found)
	}
	_, ok := LookupCode(63037)
	require.False(t, ok)
	require.True(t, slices.IsSortedFunc(codes, func(a, b Code) int { return a.Code - b.Code }))
}

// TestClassOfFailure classifies what a status callback tells.
func TestClassOfFailure(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]Class{
		63016: ClassTemplate, 21610: ClassOptedOut, 63024: ClassPermanent, 63018: ClassWait, 30410: ClassUncertain,
		63007: ClassConfiguration, 63021: ClassBug, 30008: ClassRetry, 0: ClassPermanent, 99999: ClassPermanent,
	} {
		require.Equal(t, want, ClassOfFailure(code), code)
	}
}
