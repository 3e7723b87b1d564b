package importer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/app"
)

// folder is the files of one import, open. They are opened before anything
// else is done, so that a missing right is told at once.
type folder struct {
	files   map[string]*os.File // by name, those of tables() that exist
	size    int64               // bytes in all
	ignored []string            // other .csv files
}

// openFolder opens the files of dir that an import knows.
func openFolder(dir string) (*folder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, app.Errorf(app.Invalid, "list the files of the folder: %w", err)
	}
	f := &folder{files: make(map[string]*os.File)}
	var names []string
	for _, t := range tables() {
		names = append(names, t.file)
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case slices.Contains(names, name):
			if err := f.open(dir, name); err != nil {
				f.close()
				return nil, err
			}
		case strings.EqualFold(filepath.Ext(name), ".csv"):
			f.ignored = append(f.ignored, name)
		}
	}
	if len(f.files) == 0 {
		return nil, app.Errorf(app.Invalid, "%s has none of the files of an import: want one or more of %s", dir, strings.Join(names, ", "))
	}
	return f, nil
}

// open adds the file called name.
func (f *folder) open(dir, name string) error {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return app.Errorf(app.Invalid, "look at %s: %w", name, err)
	}
	if info.IsDir() {
		return app.Errorf(app.Invalid, "%s is a folder: want a CSV file", path)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return app.Errorf(app.Invalid, "%s is not a regular file: want a CSV file", path)
	}
	file, err := os.Open(path) //nolint:gosec // the folder is the caller's choice
	if err != nil {
		return app.Errorf(app.Invalid, "open %s: %w", name, err)
	}
	f.files[name] = file
	f.size += info.Size()
	return nil
}

func (f *folder) close() {
	for _, file := range f.files {
		_ = file.Close() // only read from
	}
}
