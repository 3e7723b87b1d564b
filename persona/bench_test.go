package persona

import (
	"strings"
	"testing"

	"ferry/app"
)

// BenchmarkRender is one answer of the hot path; it should stay under 30 µs.
func BenchmarkRender(b *testing.B) {
	results := map[string]app.Result{"stock": healthyStock(), "hostile": hostileStock(), "alerts": longAlerts(), "report": reportGoldens()[0].result}
	for kind, result := range results {
		for _, p := range app.Personas {
			b.Run(kind+"/"+string(p), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Render(p, result, london()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	for name, text := range map[string]string{"short": strings.Repeat("word ", 100), "long": strings.Repeat("a *longer* line\n", 280)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Split(text)
			}
		})
	}
}
