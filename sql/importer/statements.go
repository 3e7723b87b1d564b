package importer

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed statements/*.sql
var statementFiles embed.FS

// statementMark begins the line above each statement; its name follows.
const statementMark = "-- name: "

// statements holds the SQL of statements/*.sql by name.
type statements map[string]string

// loadStatements reads the embedded files.
func loadStatements() (statements, error) {
	found := make(statements)
	files, err := statementFiles.ReadDir("statements")
	if err != nil {
		return nil, fmt.Errorf("list statements: %w", err)
	}
	for _, file := range files {
		content, err := statementFiles.ReadFile("statements/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("read statements: %w", err)
		}
		for _, part := range strings.Split(string(content), statementMark)[1:] {
			name, sql, _ := strings.Cut(part, "\n")
			found[strings.TrimSpace(name)] = sql
		}
	}
	return found, nil
}

// scope is what the statements of one run may refer to.
type scope struct {
	company uuid.UUID // $1
	given   []string  // $2: the columns that the file at hand has
}

// exec runs a statement with as many of the scope's values as it takes.
func (s statements) exec(ctx context.Context, tx pgx.Tx, name string, in scope) (pgconn.CommandTag, error) {
	sql, known := s[name]
	if !known {
		return pgconn.CommandTag{}, fmt.Errorf("unknown statement %s", name)
	}
	prepared, err := tx.Prepare(ctx, name, sql)
	if err != nil {
		return pgconn.CommandTag{}, fmt.Errorf("prepare %s: %w", name, err)
	}
	given := in.given
	if given == nil {
		given = []string{}
	}
	values := []any{in.company, given}[:len(prepared.ParamOIDs)]
	tag, err := tx.Exec(ctx, name, values...)
	if err != nil {
		return tag, fmt.Errorf("run %s: %w", name, err)
	}
	return tag, nil
}
