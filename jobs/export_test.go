package jobs

import "context"

// Age lifts the old jobs of the interactive queue.
func Age(ctx context.Context, db executer) error { return age(ctx, db, QueueInteractive) }
