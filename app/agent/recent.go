package agent

import "github.com/google/uuid"

// recent is a map of bounded size that forgets what was not used lately. It has
// two generations: when the young one is full it becomes the old one, and the
// old one is dropped; what is read moves back to the young one. Not for use by
// several goroutines at once.
type recent[V any] struct {
	limit      int // of one generation; at most twice as many are kept
	young, old map[uuid.UUID]V
}

func newRecent[V any](limit int) *recent[V] {
	return &recent[V]{limit: limit, young: map[uuid.UUID]V{}}
}

func (r *recent[V]) get(id uuid.UUID) (V, bool) {
	if v, ok := r.young[id]; ok {
		return v, true
	}
	v, ok := r.old[id]
	if ok {
		r.put(id, v)
	}
	return v, ok
}

func (r *recent[V]) put(id uuid.UUID, v V) {
	if len(r.young) >= r.limit {
		r.old, r.young = r.young, map[uuid.UUID]V{}
	}
	r.young[id] = v
}
