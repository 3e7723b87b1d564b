package persona

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewUnit(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]unit{
		"":           {"unit", "units"},
		"bag":        {"bag", "bags"},
		"bags":       {"bag", "bags"},
		"box":        {"box", "boxes"},
		"boxes":      {"box", "boxes"},
		"dish":       {"dish", "dishes"},
		"glass":      {"glass", "glasses"},
		"glasses":    {"glass", "glasses"},
		"tray":       {"tray", "trays"},
		"battery":    {"battery", "batteries"},
		"batteries":  {"battery", "batteries"},
		"kg":         {"kg", "kg"},
		"KG":         {"KG", "KG"},
		"EA":         {"EA", "EA"},
		"pcs":        {"pcs", "pcs"},
		"m²":         {"m²", "m²"},
		"case of 12": {"case of 12", "cases of 12"},
		"metric ton": {"metric ton", "metric tons"},
		"थैला":       {"थैला", "थैला"},
		"s":          {"s", "ses"},
		"crates*s":   {"crates＊", "crates*s"},
	} {
		require.Equal(t, want, newUnit(word), word)
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	bag := newUnit("bag")
	for n, want := range map[int]string{0: "0 bags", 1: "1 bag", -1: "-1 bag", 2: "2 bags", 1200: "1,200 bags"} {
		require.Equal(t, want, voice{}.amount(n, bag).InUnits)
	}
	require.Equal(t, amount{Number: "1200", InUnits: "1200 bags"}, voice{record: true}.amount(1200, bag))
}
