-- The files land here first, row by row as they are written, each with its
-- line: so that what is wrong with a reference can be told by file and line,
-- and so that the tables proper are locked only at the end, set by set. Cells
-- that a file lacks, or that are bad and were told, are NULL. Amounts stay
-- text until they are applied; the reader has checked them.

-- name: stage_suppliers
CREATE TEMPORARY TABLE import_suppliers (
  line BIGINT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  phone TEXT,
  lead_time_days INTEGER,
  min_order INTEGER,
  notes TEXT
) ON COMMIT DROP;

-- name: stage_products
CREATE TEMPORARY TABLE import_products (
  line BIGINT NOT NULL,
  sku TEXT NOT NULL,
  name TEXT,
  aliases TEXT[],
  category TEXT,
  unit TEXT,
  unit_cost TEXT,
  unit_price TEXT,
  supplier TEXT,
  lead_time_days INTEGER,
  reorder_point INTEGER,
  safety_stock INTEGER
) ON COMMIT DROP;

-- name: stage_stock
CREATE TEMPORARY TABLE import_stock (
  line BIGINT NOT NULL,
  sku TEXT NOT NULL,
  location TEXT NOT NULL,
  quantity INTEGER
) ON COMMIT DROP;

-- name: stage_sales
CREATE TEMPORARY TABLE import_sales (
  line BIGINT NOT NULL,
  date DATE NOT NULL,
  sku TEXT NOT NULL,
  location TEXT NOT NULL,
  quantity INTEGER,
  unit_price TEXT
) ON COMMIT DROP;

-- name: stage_purchase_orders
CREATE TEMPORARY TABLE import_purchase_orders (
  line BIGINT NOT NULL,
  number TEXT NOT NULL,
  supplier TEXT,
  sku TEXT NOT NULL,
  quantity INTEGER,
  unit_cost TEXT,
  ordered_on DATE,
  expected_on DATE,
  received_on DATE,
  received_quantity INTEGER
) ON COMMIT DROP;

-- name: stage_users
CREATE TEMPORARY TABLE import_users (
  line BIGINT NOT NULL,
  phone TEXT NOT NULL,
  name TEXT,
  email TEXT,
  role TEXT,
  persona TEXT,
  timezone TEXT,
  language TEXT
) ON COMMIT DROP;

-- What the checks find. One row tells of all the lines that have the same
-- problem; lines holds the first six of them.

-- name: stage_problems
CREATE TEMPORARY TABLE import_problems (
  file TEXT NOT NULL,
  column_name TEXT NOT NULL,
  lines BIGINT[] NOT NULL,
  bad_rows BIGINT NOT NULL,
  problem TEXT NOT NULL
) ON COMMIT DROP;

-- Temporary tables are never analyzed by themselves, and a plan for an empty
-- table of a million rows is a bad one.

-- name: analyze_staging
ANALYZE import_suppliers, import_products, import_stock, import_sales, import_purchase_orders, import_users;
