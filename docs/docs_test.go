// Package docs_test keeps the documents true: what they link to exists, what
// they list is what the code has, and the limits they state hold.
package docs_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = ".."

// files lists the repository's files whose name ends in one of the endings, by
// path from the root. It walks instead of asking git, so that it works in a
// release archive too.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".tools", "bin", "node_modules"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(entry.Name(), ending) {
				relative, err := filepath.Rel(root, path)
				found = append(found, filepath.ToSlash(relative))
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// read returns a file of the repository by its path from the root.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err)
	return string(content)
}

// matches returns the first group of every match of pattern in text, sorted,
// each once.
func matches(text, pattern string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, strings.Count(read(t, "README.md"), "\n"), 150, "README.md is read in one sitting")
}

// codeLines counts the lines of Go source that are neither blank nor only a
// comment.
func codeLines(source []byte) int {
	count := 0
	inComment := false
	for line := range bytes.Lines(source) {
		line = bytes.TrimSpace(line)
		switch {
		case inComment:
			inComment = !bytes.Contains(line, []byte("*/"))
		case bytes.HasPrefix(line, []byte("/*")):
			inComment = !bytes.Contains(line, []byte("*/"))
		case len(line) > 0 && !bytes.HasPrefix(line, []byte("//")):
			count++
		}
	}
	return count
}

func TestGoFilesAreShort(t *testing.T) {
	t.Parallel()
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	for _, path := range files(t, ".go") {
		source := []byte(read(t, path))
		if !generated.Match(source) {
			require.LessOrEqual(t, codeLines(source), 400, "%s: split it by noun", path)
		}
	}
}

// A path of the machine that something was written on helps nobody else.
func TestNoPathsOfOneMachine(t *testing.T) {
	t.Parallel()
	private := regexp.MustCompile(`(?:^|[^\w./-])/(?:work|home/\w+|Users/\w+|tmp)/\w`)
	texts := files(t, ".go", ".md", ".sql", ".yaml", ".yml", ".tmpl", ".txt", ".json", ".js", ".mjs", ".html", ".css", ".csv",
		"Makefile", "Dockerfile", "run", ".mod", ".env")
	for _, path := range texts {
		for number, line := range strings.Split(read(t, path), "\n") {
			require.False(t, private.MatchString(line), "%s:%d: %s", path, number+1, line)
		}
	}
}

func TestMakeTargetsHaveHelp(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	phony := matches(makefile, `(?m)^\.PHONY: (\S+)$`)
	explained := matches(makefile, `(?m)^([a-z0-9-]+):.*## \S`)
	require.Equal(t, phony, explained, "each target is .PHONY and has a ## help")
	require.Subset(t, explained, []string{
		"help", "build", "demo", "test", "race", "lint", "generate", "verify", "migrate", "bench", "e2e", "fuzz",
	})
	for _, path := range files(t, ".md") {
		require.Subset(t, explained, matches(read(t, path), "(?m)(?:^|`)make ([a-z0-9-]+)"), "%s names a target that is not there", path)
	}
}

// variablesInCode lists the environment variables that ferry reads: cmd/ferry
// reads its own through one small reader, so there each quoted name counts.
func variablesInCode(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, path := range files(t, ".go") {
		source := read(t, path)
		switch {
		case strings.HasPrefix(path, "cmd/ferry/") && !strings.HasSuffix(path, "_test.go"):
			found = append(found, matches(source, `"([A-Z][A-Z0-9]*_[A-Z0-9_]+)"`)...)
		default:
			found = append(found, matches(source, `(?:Getenv|LookupEnv)\("([A-Z][A-Z0-9]*_[A-Z0-9_]+)"`)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/configuration.md")
	firstCells := strings.Join(matches(page, "(?m)^\\| (`[^|]+`) \\|"), " ")
	documented := matches(firstCells, "`([A-Z0-9_]+)`")
	require.Equal(t, variablesInCode(t), documented, "the code against the tables of docs/configuration.md")
	require.Subset(t, documented, matches(page, "`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`"), "names in the text of docs/configuration.md")

	// These are compose's own and never reach ferry.
	compose := []string{"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "HTTP_PORT", "ADMIN_PORT"}
	known := slices.Concat(documented, compose)
	require.Subset(t, known, matches(read(t, "docs/example.env"), `(?m)^#?([A-Z][A-Z0-9_]+)=`), "docs/example.env")
	require.Subset(t, known, matches(read(t, "compose.yaml"), `(?m)^\s+([A-Z][A-Z0-9_]+):`), "compose.yaml")
}

// The runbook explains each thing that ferry logs. A message is a constant
// (sloglint sees to that), so the code can be searched for it.
func TestLogEventsAreExplained(t *testing.T) {
	t.Parallel()
	// What no operator runs.
	forDevelopers := regexp.MustCompile(`_test\.go$|^app/sim/|^app/twilio/twiliotest/|^sql/localpg/|^cmd/ferry/(?:demo|chat|bench)`)
	call := `(?i:log|\.to|log\.to|level)(?:\.(?:Debug|Info|Warn|Error|LogAttrs|at))?\((?:[\w.()]+, )*"([a-z][^"]+)"`
	var logged []string
	for _, path := range files(t, ".go") {
		if !forDevelopers.MatchString(path) {
			logged = append(logged, matches(read(t, path), call)...)
		}
	}
	require.Contains(t, logged, "message received")
	explained := matches(fence.ReplaceAllString(read(t, "docs/operations.md"), ""), "`([a-z][^`]+)`")
	missing := slices.DeleteFunc(logged, func(event string) bool { return slices.Contains(explained, event) })
	require.Empty(t, missing, "docs/operations.md explains each log event")
}

// The README's transcript is from the demo, so it speaks of what the demo has.
func TestReadmeTranscriptIsTheDemos(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	products, people := read(t, "app/sim/company/catalogue.go"), read(t, "app/sim/company/company.go")
	skus := matches(readme, `\b([A-Z]{3}-[0-9]{3})\b`)
	require.NotEmpty(t, skus)
	for _, sku := range skus {
		require.Contains(t, products, sku)
	}
	for _, name := range matches(readme, `--as (\w+)`) {
		require.Contains(t, people, name)
	}
}

func TestReadmeListsTheCommands(t *testing.T) {
	t.Parallel()
	var commands []string
	for _, path := range files(t, ".go") {
		if strings.HasPrefix(path, "cmd/ferry/") && !strings.HasSuffix(path, "_test.go") {
			commands = append(commands, matches(read(t, path), `\bname:\s+"([a-z]+)",\s+summary:`)...)
		}
	}
	require.ElementsMatch(t, commands, matches(read(t, "README.md"), "(?m)^\\| `ferry ([a-z]+)` \\|"))
}

func TestContinuousIntegrationCallsTheDocumentedCommands(t *testing.T) {
	t.Parallel()
	called := matches(read(t, ".ci/run"), `(?m)^\s*step make ([a-z0-9-]+)`)
	require.Subset(t, called, []string{"test", "lint", "verify", "race", "e2e"})
}
