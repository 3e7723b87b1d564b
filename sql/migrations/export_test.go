package migrations

import (
	"context"

	"github.com/golang-migrate/migrate/v4/source"
)

// StepUp applies the next migration alone.
func StepUp(ctx context.Context, databaseURL string) error {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer m.close()
	return m.move(ctx, source.Up, 1)
}

// FirstOwn is the first number after River's.
const FirstOwn = 9
