package persona

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
)

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		persona app.Persona
		result  app.Result
		want    string
	}{
		{"a persona that is none", "pirate", app.HelpResult{}, `unknown persona "pirate"`},
		{"no result", app.PersonaHub, nil, "render for hub: no result"},
		{"an error text that is none", app.PersonaDefault, app.Trouble{Text: "on_fire"}, `no template "on_fire"`},
		{"an error text without a name", app.PersonaDefault, app.Trouble{}, `no template ""`},
		{"a pointer", app.PersonaDefault, &app.StockResult{}, "no view of a *app.StockResult"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := Render(tt.persona, tt.result, nil)
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, app.Internal, app.KindOf(err))
			require.Empty(t, text)
		})
	}
}

func TestRenderDefaults(t *testing.T) {
	t.Parallel()
	unnamed, err := Render("", healthyStock(), nil)
	require.NoError(t, err)
	named, err := Render(app.PersonaDefault, healthyStock(), time.UTC)
	require.NoError(t, err)
	require.Equal(t, named, unnamed)
}

// TestRenderAtOnce is for the race detector: sets of templates are shared.
func TestRenderAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for _, p := range app.Personas {
				text, err := Render(p, healthyStock(), london())
				if err != nil || text == "" {
					t.Errorf("%s: %q, %v", p, text, err)
				}
			}
		})
	}
	wait.Wait()
}

// TestTemplates holds the files to their rules: each persona tells the three
// results of the agents itself, the processor tells everything as a record,
// every file is a template of a result or included by one, and markup is
// WhatsApp's.
func TestTemplates(t *testing.T) {
	t.Parallel()
	sources := map[string]string{}
	all := ""
	require.NoError(t, fs.WalkDir(files, "templates", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(files, name)
		sources[strings.TrimPrefix(name, "templates/")] = string(source)
		all += string(source)
		return err
	}))
	for _, p := range app.Personas {
		for _, template := range []string{"inventory_check_result", "alert_summary", "report_ready"} {
			require.Contains(t, sources, string(p)+"/"+template+".tmpl")
		}
	}
	cases := goldens()
	for name, source := range sources {
		require.NotContains(t, source, "**", name)
		require.NotContains(t, source, "`", name)
		template := strings.TrimSuffix(path.Base(name), ".tmpl")
		if _, told := cases[template]; told {
			require.Contains(t, sources, "processor/"+template+".tmpl")
			require.Contains(t, sources, "default/"+template+".tmpl")
			continue
		}
		require.Contains(t, all, `{{template "`+template+`"`, "%s is used by nothing", name)
	}
}

func TestParseNamesTheFile(t *testing.T) {
	t.Parallel()
	_, err := parse(fstest.MapFS{"templates/hub/help.tmpl": {Data: []byte("{{if}}")}})
	require.ErrorContains(t, err, "parse templates/hub/help.tmpl: ")
}

// TestParseFallsBack checks that a persona's own file replaces the default's,
// also where another template includes it.
func TestParseFallsBack(t *testing.T) {
	t.Parallel()
	sets, err := parse(fstest.MapFS{
		"templates/default/a.tmpl": {Data: []byte("a {{template \"b\"}}!\n")},
		"templates/default/b.tmpl": {Data: []byte("of all\n")},
		"templates/hub/b.tmpl":     {Data: []byte("of the hub\n")},
	})
	require.NoError(t, err)
	for p, want := range map[app.Persona]string{app.PersonaHub: "a of the hub!", app.PersonaSpring: "a of all!"} {
		var text strings.Builder
		require.NoError(t, sets[p].ExecuteTemplate(&text, "a", nil))
		require.Equal(t, want, text.String())
	}
}

var (
	recordHeader = regexp.MustCompile(`^\[[A-Z_]+\]$`)
	recordLine   = regexp.MustCompile(`^([\p{L}\p{Nd}_]+): (\S.*)$`)
)

// block is one part of a processor's record.
type block struct {
	name   string
	values map[string]string
}

// parseRecord reads a processor's text as a program would.
func parseRecord(t *testing.T, text string) []block {
	t.Helper()
	var blocks []block
	for _, paragraph := range strings.Split(text, "\n\n") {
		lines := strings.Split(paragraph, "\n")
		require.Regexp(t, recordHeader, lines[0], text)
		b := block{name: strings.Trim(lines[0], "[]"), values: map[string]string{}}
		for _, line := range lines[1:] {
			match := recordLine.FindStringSubmatch(line)
			require.NotNil(t, match, "not a Key: value line: %q in\n%s", line, text)
			require.NotContains(t, b.values, match[1], text)
			b.values[match[1]] = match[2]
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func TestProcessorIsParseable(t *testing.T) {
	t.Parallel()
	for _, cases := range goldens() {
		for _, c := range cases {
			text, err := Render(app.PersonaProcessor, c.result, london())
			require.NoError(t, err)
			require.NotEmpty(t, parseRecord(t, text)[0].values, c.name)
		}
	}
	for _, s := range hostileNames {
		if s == "" {
			continue
		}
		for _, result := range named(s) {
			if report, ok := result.(app.ReportResult); ok {
				report.Figures = report.Figures[:1] // labels of one report differ
				result = report
			}
			text, err := Render(app.PersonaProcessor, result, london())
			require.NoError(t, err)
			parseRecord(t, text)
		}
	}
}
