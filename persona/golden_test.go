package persona

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden compares every text with testdata/golden/<template>/<persona>.txt,
// a section for each case.
func TestGolden(t *testing.T) {
	t.Parallel()
	for template, cases := range goldens() {
		for _, p := range app.Personas {
			t.Run(template+"/"+string(p), func(t *testing.T) {
				t.Parallel()
				var got strings.Builder
				for _, c := range cases {
					require.Equal(t, template, c.result.Template())
					text, err := Render(p, c.result, london())
					require.NoError(t, err)
					got.WriteString("=== " + c.name + "\n" + text + "\n")
				}
				file := filepath.Join("testdata", "golden", template, string(p)+".txt")
				if *update {
					require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
					require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err, "run: go test ./persona -update")
				require.Equal(t, string(want), got.String())
			})
		}
	}
}
