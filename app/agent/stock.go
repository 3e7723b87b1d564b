package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ferry/app/gather"
	"ferry/sql/queries"
)

// stockTimeout bounds the statements of one batch of questions; they take a
// few milliseconds.
const stockTimeout = 5 * time.Second

// leastKeys is how many keys a statement gets; keys that nothing matches fill
// it up. Postgres plans a prepared statement for arrays of ten elements, and
// takes that plan for good unless one made for the very arrays looks cheaper:
// shorter arrays always do, and would be planned each time, for 0.4 ms instead
// of the 0.1 ms that the answer takes.
const leastKeys = 10

// stockKey names a product of a company, and the place asked about (uuid.Nil:
// none).
type stockKey struct {
	company, product, location uuid.UUID
}

// stockQuestion is one caller's item in a batch.
type stockQuestion struct {
	key stockKey
	day time.Time // sales after it are left out
}

// stockFacts is what was read for a question. Callers share it and must not
// change what it points to. found is false when the product is not the
// company's, or does not exist.
type stockFacts struct {
	found bool
	row   *queries.StockOfProductsRow
	usage usage
}

// stockReader answers questions about stock, many with one statement: at a
// thousand a second, one statement each would cost several times as much.
type stockReader struct {
	q         *queries.Queries
	usages    *usages
	questions *gather.Group[stockQuestion, stockFacts]
}

func newStockReader(q *queries.Queries, observe func(n int, took time.Duration)) *stockReader {
	r := &stockReader{q: q, usages: newUsages(q)}
	r.questions = gather.NewCarrying(r.answer, gather.Options{Observe: observe})
	return r
}

// ask reads the facts about one product. A failure of the database is the
// caller's to retry.
func (r *stockReader) ask(ctx context.Context, question stockQuestion) (stockFacts, error) {
	return r.questions.Do(ctx, question)
}

func (r *stockReader) close() { r.questions.Close() }

// answer is the flush. An error goes to each caller and the batch counts as
// done: ids cannot make a statement fail, so that asking one by one would only
// make everybody wait while the database is away.
func (r *stockReader) answer(ctx context.Context, questions []stockQuestion) ([]gather.Outcome[stockFacts], error) {
	ctx, cancel := context.WithTimeout(ctx, stockTimeout)
	defer cancel()
	outcomes := make([]gather.Outcome[stockFacts], len(questions))
	facts, err := r.read(ctx, questions)
	for i, q := range questions {
		outcomes[i] = gather.Outcome[stockFacts]{Value: facts[q.key], Err: err}
	}
	return outcomes, nil
}

func (r *stockReader) read(ctx context.Context, questions []stockQuestion) (map[stockKey]stockFacts, error) {
	var (
		ask  queries.StockOfProductsParams
		day  time.Time
		seen = make(map[stockKey]bool, len(questions))
	)
	for _, q := range questions {
		if q.day.After(day) {
			day = q.day
		}
		if seen[q.key] {
			continue
		}
		seen[q.key] = true
		ask.Companies = append(ask.Companies, q.key.company)
		ask.Products = append(ask.Products, q.key.product)
		ask.Locations = append(ask.Locations, q.key.location)
	}
	for len(ask.Products) < leastKeys {
		ask.Companies = append(ask.Companies, uuid.Nil)
		ask.Products = append(ask.Products, uuid.Nil)
		ask.Locations = append(ask.Locations, uuid.Nil)
	}
	rows, err := r.q.StockOfProducts(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("read stock: %w", err)
	}
	keys := make([]usageKey, len(rows))
	for i, row := range rows {
		keys[i] = usageKey{company: row.CompanyID, product: row.ProductID, version: row.CatalogueVersion}
	}
	sold, err := r.usages.of(ctx, day, keys)
	if err != nil {
		return nil, err
	}
	facts := make(map[stockKey]stockFacts, len(rows))
	for i := range rows {
		row := &rows[i]
		facts[stockKey{row.CompanyID, row.ProductID, row.LocationID}] = stockFacts{found: true, row: row, usage: sold[i]}
	}
	return facts, nil
}
