package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/require"
)

// nlpRun runs `ferry nlp` with what a shell would give it.
func nlpRun(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"nlp"}, args...), environment{
		getenv: func(string) string { return "" },
		stdin:  strings.NewReader(stdin), stdout: &out, stderr: &errs,
	})
	return code, out.String(), errs.String()
}

func TestNLPParseText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"one argument", "", []string{"parse", "stock ABC123"}, `{"text":"stock ABC123","intent":"check_inventory","confidence":0.95,"entities":{"sku":"ABC123"}}`},
		{"several arguments", "", []string{"parse", "stock", "ABC123"}, `{"text":"stock ABC123","intent":"check_inventory","confidence":0.95,"entities":{"sku":"ABC123"}}`},
		{"from standard input", "show alerts\n", []string{"parse"}, `{"text":"show alerts","intent":"view_alerts","confidence":0.95,"entities":{}}`},
		{"nothing", "", []string{"parse"}, `{"text":"","intent":"unknown","confidence":0,"entities":{}}`},
		{"signs are not escaped", "", []string{"parse", "<hi> & bye"}, `{"text":"<hi> & bye","intent":"unknown","confidence":0,"entities":{}}`},
		{"a text that begins with a dash", "", []string{"parse", "--", "--help"}, `{"text":"--help","intent":"help","confidence":0.95,"entities":{}}`},
		{
			"at a time", "",
			[]string{"parse", "--now", "2026-07-15T23:30:00Z", "--timezone", "Europe/London", "sales report today"},
			`{"text":"sales report today","intent":"generate_report","confidence":0.95,"entities":{"report_type":"sales","date_range":{"name":"today","start":"2026-07-16","end":"2026-07-16"}}}`,
		},
		{
			"weeks begin on Monday", "",
			[]string{"parse", "--now", "2026-07-15", "sales report this week"},
			`{"text":"sales report this week","intent":"generate_report","confidence":0.95,"entities":{"report_type":"sales","date_range":{"name":"this_week","start":"2026-07-13","end":"2026-07-19"}}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := nlpRun(t, tt.stdin, tt.args...)
			require.Equal(t, exitOK, code, stderr)
			require.Equal(t, tt.want+"\n", stdout)
			require.Empty(t, stderr)
		})
	}
}

func TestNLPParseVerbose(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := nlpRun(t, "", "parse", "-v", "stock ABC123")
	require.Equal(t, exitOK, code)
	require.Equal(t, 1, strings.Count(stdout, "\n"))
	require.Equal(t, "pattern: check_inventory: ^ stock {product}\ncut: sku \"ABC123\" at 6\n", stderr)

	code, _, stderr = nlpRun(t, `{"text":"hi"}`, "parse", "-v", "--jsonl")
	require.Equal(t, exitOK, code)
	require.Equal(t, "line 1\npattern: none\n", stderr)
}

func TestNLPParseLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stdin string
		code        int
		want        []string
		stderr      string
	}{
		{
			name: "in order, with their own time and zone", code: exitOK,
			stdin: `{"text":"stock ABC123"}` + "\n" +
				`{"text":"alerts today","now":"2026-07-15T23:30:00Z","timezone":"Pacific/Auckland","lang":"en"}` + "\r\n" +
				`{"text":"alerts today","now":"2026-07-15T23:30:00-05:00"}` + "\n" +
				`{"text":"alerts today","now":"2026-07-15","timezone":"UTC","intent":"passed over"}`,
			want: []string{
				`{"text":"stock ABC123","intent":"check_inventory","confidence":0.95,"entities":{"sku":"ABC123"}}`,
				`{"text":"alerts today","intent":"view_alerts","confidence":0.95,"entities":{"date_range":{"name":"today","start":"2026-07-16","end":"2026-07-16"}}}`,
				`{"text":"alerts today","intent":"view_alerts","confidence":0.95,"entities":{"date_range":{"name":"today","start":"2026-07-15","end":"2026-07-15"}}}`,
				`{"text":"alerts today","intent":"view_alerts","confidence":0.95,"entities":{"date_range":{"name":"today","start":"2026-07-15","end":"2026-07-15"}}}`,
			},
		},
		{
			name: "bad lines are named and the others answered", code: exitError,
			stdin: "nonsense\n" + `{"text":"help"}` + "\n\n" + `{"txt":"help"}` + "\n" + `{"text":5}` + "\n" +
				`{"text":"x","timezone":"Mars/Olympus"}` + "\n" + `{"text":"x","now":"soon"}` + "\n" + `{"text":"help"}` + "\n",
			want: []string{
				`{"line":1,"error":"not a JSON object of the expected kind: invalid character 'o' in literal null (expecting 'u')"}`,
				`{"text":"help","intent":"help","confidence":0.95,"entities":{}}`,
				`{"line":4,"error":"\"text\" is missing"}`,
				`{"line":5,"error":"not a JSON object of the expected kind: json: cannot unmarshal number into Go struct field nlpLine.text of type string"}`,
				`{"line":6,"error":"timezone \"Mars/Olympus\": want an IANA name such as Europe/London"}`,
				`{"line":7,"error":"now \"soon\": want RFC 3339, such as 2026-07-15T09:30:00+01:00"}`,
				`{"text":"help","intent":"help","confidence":0.95,"entities":{}}`,
			},
			stderr: "ferry nlp: 5 lines could not be read: their answers say why\n",
		},
		{
			name: "a line that is too long", code: exitError,
			stdin: `{"text":"` + strings.Repeat("a", maxLine) + `"}` + "\n" + `{"text":"help"}`,
			want: []string{
				`{"line":1,"error":"longer than 1048576 bytes"}`,
				`{"text":"help","intent":"help","confidence":0.95,"entities":{}}`,
			},
			stderr: "ferry nlp: 1 line could not be read: its answer says why\n",
		},
		{name: "no lines", code: exitOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := nlpRun(t, tt.stdin, "parse", "--jsonl")
			require.Equal(t, tt.code, code)
			var lines []string
			if stdout != "" {
				lines = strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
			}
			require.Equal(t, tt.want, lines)
			require.Equal(t, tt.stderr, stderr)
		})
	}
}

// TestNLPParseLinesAnswersAtOnce holds a conversation over pipes: the second
// line is written only when the first one's answer has come.
func TestNLPParseLinesAnswersAtOnce(t *testing.T) {
	t.Parallel()
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := runNLP(context.Background(), []string{"parse", "--jsonl"}, inReader, outWriter, io.Discard)
		done <- errors.Join(err, outWriter.Close())
	}()
	answers := make([]byte, 1024)
	for range 3 {
		_, err := io.WriteString(inWriter, `{"text":"help"}`+"\n")
		require.NoError(t, err)
		n, err := outReader.Read(answers)
		require.NoError(t, err)
		require.Contains(t, string(answers[:n]), `"intent":"help"`)
	}
	require.NoError(t, inWriter.Close())
	require.NoError(t, <-done)
}

func TestNLPUsage(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no subcommand":          {},
		"other subcommand":       {"guess", "hi"},
		"unknown flag":           {"parse", "--loud", "hi"},
		"text beside jsonl":      {"parse", "--jsonl", "hi"},
		"time without sense":     {"parse", "--now", "soon", "hi"},
		"zone that is not known": {"parse", "--timezone", "Mars/Olympus", "hi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := nlpRun(t, "", args...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, "ferry nlp: ")
		})
	}
	code, stdout, _ := nlpRun(t, "", "parse", "--help")
	require.Equal(t, exitOK, code)
	require.Equal(t, nlpUsage, stdout)
}
