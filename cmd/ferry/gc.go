package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector runs when the heap has grown by a part of what is live. Our
// live heap is small (a catalogue, some connections), so the default would
// collect many times a second under load. It gets a fixed headroom instead:
// about as much new memory between two collections whatever is live, and never
// less than the default.
const (
	gcHeadroom   = 24 << 20 // bytes
	gcLeast      = 100      // GOGC's default
	gcMost       = 400
	gcLookEvery  = time.Second
	liveHeapName = "/gc/heap/live:bytes"
)

// tuneCollector keeps that headroom until ctx ends. GOGC in the environment is
// the operator's own choice and stays.
func tuneCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(gcLeast)
	go func() {
		ticker := time.NewTicker(gcLookEvery)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: liveHeapName}}
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				metrics.Read(sample)
				debug.SetGCPercent(gcPercent(sample[0].Value.Uint64()))
			}
		}
	}()
}

// gcPercent is the GOGC that leaves gcHeadroom above live bytes.
func gcPercent(live uint64) int {
	return int(min(max(gcHeadroom*100/max(live, 1), gcLeast), gcMost))
}
