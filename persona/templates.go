package persona

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"text/template"

	"ferry/app"
)

//go:embed templates/*/*.tmpl
var files embed.FS

// templates parses the embedded files once, at the first Render. Its error
// cannot occur in a built binary: a test renders every template of every
// persona.
var templates = sync.OnceValues(func() (map[app.Persona]*template.Template, error) {
	return parse(files)
})

// parse gives each persona its own set: the default's templates, each replaced
// by the persona's own where it has one. A template that others include
// (stock_advice) is replaced in all of them.
func parse(files fs.FS) (map[app.Persona]*template.Template, error) {
	sets := make(map[app.Persona]*template.Template, len(app.Personas))
	for _, p := range app.Personas {
		set := template.New(string(p))
		for _, folder := range []app.Persona{app.PersonaDefault, p} {
			if err := parseFolder(set, files, "templates/"+string(folder)); err != nil {
				return nil, err
			}
		}
		sets[p] = set
	}
	return sets, nil
}

func parseFolder(set *template.Template, files fs.FS, folder string) error {
	names, err := fs.Glob(files, folder+"/*.tmpl")
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	for _, file := range names {
		source, err := fs.ReadFile(files, file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		// The newline that ends a file is the editor's, not the text's: an
		// included template continues its line.
		text := strings.TrimSuffix(string(source), "\n")
		if _, err := set.New(strings.TrimSuffix(path.Base(file), ".tmpl")).Parse(text); err != nil {
			return fmt.Errorf("parse %s: %w", file, err)
		}
	}
	return nil
}
