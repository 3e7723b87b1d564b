package pool_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ferry/sql/pgtest"
)

// hotQueries are the files of sql/queries that every message goes through.
var hotQueries = []string{"contacts", "conversations", "executions", "reply_parts"}

// node is what EXPLAIN (FORMAT JSON) tells of one step of a plan.
type node struct {
	Type      string `json:"Node Type"`
	Relation  string `json:"Relation Name"`
	Index     string `json:"Index Name"`
	IndexCond string `json:"Index Cond"`
	Plans     []node
}

// wholeScans lists the steps that read all of a table or index.
func (n node) wholeScans() []string {
	var scans []string
	switch n.Type {
	case "Seq Scan":
		scans = append(scans, "all of table "+n.Relation)
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		if n.IndexCond == "" {
			scans = append(scans, "all of index "+n.Index)
		}
	}
	for _, child := range n.Plans {
		scans = append(scans, child.wholeScans()...)
	}
	return scans
}

// generatedQueries returns the statements of a generated file of sql/queries
// by name, as they are sent.
func generatedQueries(t *testing.T, file string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "queries", file+".sql.go"), nil, 0)
	require.NoError(t, err)
	statements := make(map[string]string)
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			sql, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			statements[spec.Names[0].Name] = sql
		}
		return true
	})
	require.NotEmpty(t, statements, file)
	return statements
}

// genericPlan is the plan that a prepared statement ends up with.
func genericPlan(t *testing.T, conn *pgx.Conn, name, sql string) node {
	t.Helper()
	ctx := t.Context()
	prepared, err := conn.Prepare(ctx, name, sql)
	require.NoError(t, err)
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", len(prepared.ParamOIDs)), ", ")
	if nulls != "" {
		nulls = "(" + nulls + ")"
	}
	var text []byte
	explain := fmt.Sprintf(`EXPLAIN (FORMAT JSON) EXECUTE %s%s`, pgx.Identifier{prepared.Name}.Sanitize(), nulls)
	require.NoError(t, conn.QueryRow(ctx, explain, pgx.QueryExecModeSimpleProtocol).Scan(&text))
	var plans []struct{ Plan node }
	require.NoError(t, json.Unmarshal(text, &plans))
	return plans[0].Plan
}

// On an empty database, where Postgres's guesses are at their worst, every
// statement of the hot path that takes a batch finds its rows by index.
func TestHotStatementsUseIndexes(t *testing.T) {
	t.Parallel()
	p := pgtest.HotPool(t)
	for _, file := range hotQueries {
		for name, sql := range generatedQueries(t, file) {
			if !strings.Contains(sql, "ANY($") {
				continue
			}
			t.Run(file+"/"+name, func(t *testing.T) {
				t.Parallel()
				conn, err := p.Acquire(t.Context())
				require.NoError(t, err)
				defer conn.Release()
				_, err = conn.Exec(t.Context(), `SET plan_cache_mode = force_generic_plan`)
				require.NoError(t, err)
				require.Empty(t, genericPlan(t, conn.Conn(), name, sql).wholeScans())
			})
		}
	}
}

// The test above can fail: without the hot settings the same kind of statement
// reads the whole table.
func TestNormalPlansScanFreshTables(t *testing.T) {
	t.Parallel()
	const update = `UPDATE agent_execution_queue e SET status = n.status
		FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::text[]) AS status) n
		WHERE e.id = n.id AND e.status <> 'completed'`
	conn, err := pgtest.Pool(t).Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), `SET plan_cache_mode = force_generic_plan`)
	require.NoError(t, err)
	require.NotEmpty(t, genericPlan(t, conn.Conn(), "update", update).wholeScans())
}
