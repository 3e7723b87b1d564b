package importer

import (
	"math"
	"strings"
)

// column is one column of a file.
type column struct {
	name  string
	parse parser
	// required columns must be in the header, and no cell of theirs is empty.
	required bool
	// key columns are what other rows and files refer to: a row whose key is
	// bad is left out of the staging table, any other bad row stays in, so that
	// what refers to it is not reported as well.
	key bool
}

// table is one kind of file: its columns, and the statements that stage, check
// and apply its rows. Statements take the company's id as $1 and the names of
// the columns that the file has as $2, as far as they use them.
type table struct {
	file    string // "products.csv"
	columns []column
	refers  []string // the files whose keys its check looks up
	staging string   // the temporary table that its rows are copied to
	check   string
}

// tables lists the files in the order in which they are read: a later one may
// refer to an earlier one.
func tables() []table {
	return []table{suppliers(), products(), stock(), sales(), purchaseOrders(), users()}
}

func suppliers() table {
	return table{
		file: "suppliers.csv", staging: "import_suppliers", check: "check_suppliers",
		columns: []column{
			{name: "name", parse: text, required: true, key: true},
			{name: "email", parse: email},
			{name: "phone", parse: text},
			{name: "lead_time_days", parse: integer(0)},
			{name: "min_order", parse: integer(0)},
			{name: "notes", parse: notes},
		},
	}
}

func products() table {
	return table{
		file: "products.csv", staging: "import_products", check: "check_products",
		refers: []string{"suppliers.csv"},
		columns: []column{
			{name: "sku", parse: text, required: true, key: true},
			{name: "name", parse: text, required: true},
			{name: "aliases", parse: aliases},
			{name: "category", parse: text},
			{name: "unit", parse: text},
			{name: "unit_cost", parse: decimal},
			{name: "unit_price", parse: decimal},
			{name: "supplier", parse: text},
			{name: "lead_time_days", parse: integer(0)},
			{name: "reorder_point", parse: integer(0)},
			{name: "safety_stock", parse: integer(0)},
		},
	}
}

func stock() table {
	return table{
		file: "stock.csv", staging: "import_stock", check: "check_stock",
		refers: []string{"products.csv"},
		columns: []column{
			{name: "sku", parse: text, required: true, key: true},
			{name: "location", parse: text, required: true, key: true},
			{name: "quantity", parse: integer(0), required: true},
		},
	}
}

func sales() table {
	return table{
		file: "sales.csv", staging: "import_sales", check: "check_sales",
		refers: []string{"products.csv"},
		columns: []column{
			{name: "date", parse: date, required: true, key: true},
			{name: "sku", parse: text, required: true, key: true},
			{name: "location", parse: text, required: true, key: true},
			{name: "quantity", parse: integer(math.MinInt32), required: true}, // below zero: a return
			{name: "unit_price", parse: decimal, required: true},
		},
	}
}

func purchaseOrders() table {
	return table{
		file: "purchase_orders.csv", staging: "import_purchase_orders", check: "check_purchase_orders",
		refers: []string{"suppliers.csv", "products.csv"},
		columns: []column{
			{name: "number", parse: text, required: true, key: true},
			{name: "supplier", parse: text, required: true},
			{name: "sku", parse: text, required: true, key: true},
			{name: "quantity", parse: integer(1), required: true},
			{name: "unit_cost", parse: decimal},
			{name: "ordered_on", parse: date, required: true},
			{name: "expected_on", parse: date},
			{name: "received_on", parse: date},
			{name: "received_quantity", parse: integer(0)},
		},
	}
}

func users() table {
	return table{
		file: "users.csv", staging: "import_users", check: "check_users",
		columns: []column{
			{name: "phone", parse: phone, required: true, key: true},
			{name: "name", parse: text},
			{name: "email", parse: email},
			{name: "role", parse: role},
			{name: "persona", parse: persona},
			{name: "timezone", parse: zone},
			{name: "language", parse: language},
		},
	}
}

// columnNames lists the columns of a file as its header row would.
func (t table) columnNames() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// stagingColumns are the columns of the staging table in the order of a row.
func (t table) stagingColumns() []string {
	names := []string{"line"}
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}
