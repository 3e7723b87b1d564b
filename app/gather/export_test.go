package gather

// Waiting is how many items wait to be taken into a batch.
func Waiting[In, Out any](g *Group[In, Out]) int { return len(g.calls) }
