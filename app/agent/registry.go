package agent

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/sql/queries"
)

// Config is what the agents need.
type Config struct {
	// Hot is a pool.OpenHot pool: for the look-ups of check_inventory.
	Hot *pgxpool.Pool
	// Wide is a pool.Open pool: for alerts and reports, which read much.
	Wide *pgxpool.Pool
	// ObserveReads is told the size and duration of each batch of look-ups;
	// nil: nobody is.
	ObserveReads func(n int, took time.Duration)
}

// NewRegistry builds the agents that exist and starts what they share. The
// caller calls stop when no agent runs any more, before it closes the pools.
func NewRegistry(c Config) (agents Registry, stop func()) {
	stock := newStockReader(queries.New(c.Hot), c.ObserveReads)
	return Registry{
		InventoryMonitor: (&inventory{stock: stock}).run,
		AlertGenerator:   (&alerts{pool: c.Wide}).run,
		ReportGenerator:  (&reports{pool: c.Wide}).run,
	}, stock.close
}
