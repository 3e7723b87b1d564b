package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// demoNote is the file in which a running demo leaves its address for 'ferry
// chat'. The newest demo of a user has it; one that was killed leaves it behind.
type demoNote struct{ path string }

// noteContent is what the file holds.
type noteContent struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
}

// newDemoNote names this user's file: in the cache folder, or, for a user
// without one, in the temporary folder.
func newDemoNote(getenv func(string) string) demoNote {
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return demoNote{filepath.Join(dir, "ferry", "demo.json")}
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return demoNote{filepath.Join(dir, "ferry", "demo.json")}
	}
	return demoNote{filepath.Join(os.TempDir(), "ferry-demo-"+strconv.Itoa(os.Getuid())+".json")}
}

// write leaves the address for others to find. It takes the place of an older
// note at once, so that nobody reads half of it.
func (n demoNote) write(url string) error {
	dir := filepath.Dir(n.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the demo's note: %w", err)
	}
	file, err := os.CreateTemp(dir, "demo-*.json") // of mode 0600
	if err != nil {
		return fmt.Errorf("make the demo's note: %w", err)
	}
	err = errors.Join(json.NewEncoder(file).Encode(noteContent{URL: url, PID: os.Getpid()}), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), n.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the demo's note: %w", err), os.Remove(file.Name()))
	}
	return nil
}

// read finds the address of the newest demo; "" when there is no note.
func (n demoNote) read() (url string, err error) {
	text, err := os.ReadFile(n.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the demo's note: %w", err)
	}
	var content noteContent
	if err := json.Unmarshal(text, &content); err != nil {
		return "", fmt.Errorf("read the demo's note %s: %w", n.path, err)
	}
	return content.URL, nil
}

// remove takes the note away if it still names url, and not a newer demo.
func (n demoNote) remove(url string) error {
	if noted, err := n.read(); err != nil || noted != url {
		return err
	}
	if err := os.Remove(n.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the demo's note: %w", err)
	}
	return nil
}
