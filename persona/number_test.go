package persona

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", -1: "-1", -999: "-999", -1000: "-1,000", 1234567: "1,234,567",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		require.Equal(t, want, voice{}.count(n))
	}
	require.Equal(t, "-1234567", voice{record: true}.count(-1234567))
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "0", 3: "3", 3.4: "3.4", 3.428: "3.43", 100: "100", -0.001: "0", -2.5: "-2.5", 12345.678: "12,345.68",
		maxExact: "9,007,199,254,740,992", math.Inf(1): "", math.Inf(-1): "", 1e300: "",
	} {
		require.Equal(t, want, voice{}.decimal(x, 2), "%v", x)
	}
	require.Empty(t, voice{}.decimal(math.NaN(), 2))
	require.Equal(t, "12345.68", voice{record: true}.decimal(12345.678, 2))
}

func TestFigure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		kind     app.FigureKind
		x        float64
		currency string
		want     string
		record   string
	}{
		{"count", app.FigureCount, 1234, "GBP", "1,234", "1234"},
		{"broken count", app.FigureCount, 1234.567, "GBP", "1,234.57", "1234.57"},
		{"unknown kind", "weight", 3, "GBP", "3", "3"},
		{"pounds", app.FigureMoney, 1234.5, "GBP", "£1,234.50", "1234.50"},
		{"euros", app.FigureMoney, -3, "EUR", "-€3.00", "-3.00"},
		{"nearly nothing", app.FigureMoney, -0.001, "USD", "$0.00", "0.00"},
		{"rupees", app.FigureMoney, 1234567, "INR", "₹1,234,567.00", "1234567.00"},
		{"yen have no decimals", app.FigureMoney, 1234.4, "JPY", "¥1,234", "1234"},
		{"dinars have three", app.FigureMoney, 1.5, "KWD", "KWD 1.500", "1.500"},
		{"a sign of several currencies", app.FigureMoney, 20, "CAD", "CAD 20.00", "20.00"},
		{"no currency", app.FigureMoney, 20, "", "20.00", "20.00"},
		{"percent", app.FigurePercent, 96.04, "GBP", "96%", "96"},
		{"percent with a decimal", app.FigurePercent, -12.34, "GBP", "-12.3%", "-12.3"},
		{"day", app.FigureDays, 1, "GBP", "1 day", "1"},
		{"days", app.FigureDays, 1.26, "GBP", "1.3 days", "1.3"},
		{"no number", app.FigureMoney, math.NaN(), "GBP", "not known", "NONE"},
		{"no days", app.FigureDays, math.Inf(1), "GBP", "not known", "NONE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, voice{}.figure(tt.kind, tt.x, tt.currency))
			require.Equal(t, tt.record, voice{record: true}.figure(tt.kind, tt.x, tt.currency))
		})
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0 days", voice{}.days(0))
	require.Equal(t, "1 day", voice{}.days(1))
	require.Equal(t, "1,000 days", voice{}.days(1000))
	require.Equal(t, "1000", voice{record: true}.days(1000))
}
