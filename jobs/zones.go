package jobs

import (
	"sync"
	"time"
)

// zones caches time.LoadLocation, which reads and parses a file at each call.
// The set of names is the small one that profiles were checked against.
var zones sync.Map // string -> *time.Location

// zone returns a time zone by its IANA name; UTC for "" and for a name that
// this machine does not know.
func zone(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location) //nolint:forcetypeassert // only locations are stored
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = time.UTC
	}
	zones.Store(name, loc)
	return loc
}
