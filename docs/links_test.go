package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	fence      = regexp.MustCompile("(?ms)^```.*?^```$")
	inlineLink = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)`)
	namedLink  = regexp.MustCompile(`(?m)^\[[^\]]+\]:\s+(\S+)`)
	heading    = regexp.MustCompile(`(?m)^#{1,6}\s+(.+)$`)
	// A path of the repository in code quotes. Placeholders as in
	// `persona/templates/<persona>` name no file.
	quotedPath = regexp.MustCompile("`((?:app|cmd|jobs|nlp|persona|sql|docs|\\.ci)/[\\w./-]+)`")
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)
)

// anchors lists the fragments that a page's headings answer to, as the common
// forges make them: lower case, punctuation dropped, spaces to hyphens.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		slug := strings.ToLower(notInSlug.ReplaceAllString(match[1], ""))
		found[strings.ReplaceAll(strings.TrimSpace(slug), " ", "-")] = true
	}
	return found
}

// exists says whether a path from the root names a file or folder.
func exists(repositoryPath string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(repositoryPath)))
	return err == nil
}

func TestLinksResolve(t *testing.T) {
	t.Parallel()
	for _, page := range files(t, ".md") {
		text := fence.ReplaceAllString(read(t, page), "")
		for _, match := range append(inlineLink.FindAllStringSubmatch(text, -1), namedLink.FindAllStringSubmatch(text, -1)...) {
			link := match[1]
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			target, fragment, _ := strings.Cut(link, "#")
			resolved := page
			if target != "" {
				resolved = path.Join(path.Dir(page), target)
			}
			require.True(t, exists(resolved), "%s links to %s, which is not there", page, link)
			if fragment != "" {
				require.True(t, anchors(read(t, resolved))[fragment], "%s links to %s: no such heading", page, link)
			}
		}
	}
}

func TestQuotedPathsExist(t *testing.T) {
	t.Parallel()
	for _, page := range files(t, ".md") {
		for _, match := range quotedPath.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			require.True(t, exists(match[1]), "%s names %s, which is not there", page, match[1])
		}
	}
}

// docs/security.md says which test holds what: those tests must exist.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, file := range files(t, "_test.go") {
		source.WriteString(read(t, file))
	}
	defined := matches(source.String(), `(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, page := range files(t, ".md") {
		require.Subset(t, defined, matches(read(t, page), "`((?:Test|Fuzz)[A-Z]\\w+)`"), "%s names a test that is not there", page)
	}
}
