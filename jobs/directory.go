package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"ferry/app/agent"
	"ferry/nlp"
	"ferry/sql/queries"
)

// company is what the understanding of a company's messages needs, held in
// memory so that the webhook's transaction makes no query for it. It never
// changes once made; quantities are not in it.
type company struct {
	id         uuid.UUID
	version    int64
	products   *nlp.Catalogue
	places     *nlp.Places
	placeIDs   map[string]uuid.UUID // by name
	placeNames []string
	agents     map[agent.Type]uuid.UUID
}

// Directory keeps the companies' snapshots, each until its catalogue_version
// moves.
type Directory struct {
	pool *pgxpool.Pool
	log  *slog.Logger

	mu        sync.Mutex
	companies map[uuid.UUID]*company
	loading   map[uuid.UUID]bool
	failedAt  map[uuid.UUID]time.Time
	loads     sync.WaitGroup
}

// NewDirectory makes an empty directory that loads from pool.
func NewDirectory(pool *pgxpool.Pool, log *slog.Logger) *Directory {
	return &Directory{pool: pool, log: log, companies: map[uuid.UUID]*company{}, loading: map[uuid.UUID]bool{}, failedAt: map[uuid.UUID]time.Time{}}
}

// Close waits for the loads under way.
func (d *Directory) Close() { d.loads.Wait() }

const (
	loadTimeout = 30 * time.Second
	reloadPause = time.Second // after a load that failed
)

// at returns the company's snapshot of at least that version; nil while it is
// being loaded, which at starts when needed. It never waits: the caller holds
// locks.
func (d *Directory) at(id uuid.UUID, version int64) *company {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.companies[id]; c != nil && c.version >= version {
		return c
	}
	if !d.loading[id] && time.Since(d.failedAt[id]) > reloadPause {
		d.loading[id] = true
		d.loads.Go(func() { d.load(id) })
	}
	return nil
}

func (d *Directory) load(id uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	c, err := loadCompany(ctx, queries.New(d.pool), id)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.loading, id)
	if err != nil {
		d.failedAt[id] = time.Now()
		d.log.Error("company snapshot not loaded", "company_id", id, "error", err)
		return
	}
	d.companies[id] = c
}

// loadCompany reads a snapshot. The version is read first: a catalogue that
// moves while it is read gets an old version and is loaded once more.
func loadCompany(ctx context.Context, q *queries.Queries, id uuid.UUID) (_ *company, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("index the catalogue: panicked: %T", p)
		}
	}()
	facts, err := q.Company(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read company: %w", err)
	}
	types := make([]string, 0, len(agent.Types))
	for _, t := range agent.Types {
		types = append(types, string(t))
	}
	if err := q.EnsureAgents(ctx, queries.EnsureAgentsParams{CompanyID: id, Types: types}); err != nil {
		return nil, fmt.Errorf("ensure agents: %w", err)
	}
	c := &company{id: id, version: facts.CatalogueVersion, agents: map[agent.Type]uuid.UUID{}}
	agents, err := q.Agents(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read agents: %w", err)
	}
	for _, a := range agents {
		c.agents[agent.Type(a.Type)] = a.ID
	}
	products, err := q.CatalogueProducts(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	items := make([]nlp.Item, len(products))
	for i, p := range products {
		items[i] = nlp.Item{ID: p.ID, SKU: p.SKU, Name: p.Name, Aliases: p.Aliases}
	}
	c.products = nlp.NewCatalogue(items)
	places, err := q.CatalogueLocations(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	c.placeIDs = make(map[string]uuid.UUID, len(places))
	for _, p := range places {
		c.placeIDs[p.Name] = p.ID
		c.placeNames = append(c.placeNames, p.Name)
	}
	c.places = nlp.NewPlaces(c.placeNames)
	return c, nil
}
