-- An import is one long transaction, so the limits that protect the hot path
-- are lifted for it, and sorts get room. $1 is how long to wait for a lock.

-- name: settings
SELECT set_config('statement_timeout', '0', true),
  set_config('idle_in_transaction_session_timeout', '0', true),
  set_config('lock_timeout', $1, true),
  set_config('jit', 'off', true),
  set_config('work_mem', '64MB', true),
  set_config('temp_buffers', '32MB', true);

-- The lock is on the company's name ($1), because the company may be new. It
-- ends with the transaction.

-- name: try_lock
SELECT pg_try_advisory_xact_lock(hashtextextended('ferry import ' || $1::text, 0));

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('ferry import ' || $1::text, 0));

-- name: find_company
SELECT id FROM companies WHERE name = $1;

-- name: make_company
INSERT INTO companies (name) VALUES ($1) ON CONFLICT (name) DO NOTHING;

-- name: make_agents
INSERT INTO agents (company_id, type)
SELECT $1, type
FROM unnest(ARRAY['inventory_monitor', 'alert_generator', 'report_generator', 'reorder', 'supplier_monitor', 'digest']) AS type
ON CONFLICT (company_id, type) DO NOTHING;

-- Raising the version tells every process to reload its snapshot of the
-- catalogue. $2 and $3, when not empty, are the new time zone and currency.

-- name: touch_company
UPDATE companies SET
  catalogue_version = catalogue_version + 1,
  timezone = COALESCE(NULLIF($2, ''), timezone),
  currency = COALESCE(NULLIF($3, ''), currency)
WHERE id = $1;

-- name: audit
INSERT INTO audit_log (company_id, actor, action, subject, details)
VALUES ($1::uuid, 'import', 'import', 'company:' || $1::uuid::text, $2);

-- name: locations_of
SELECT name FROM locations WHERE company_id = $1 ORDER BY name;

-- name: problems
SELECT file, column_name, lines, bad_rows, problem
FROM import_problems
ORDER BY file, lines
LIMIT $1;

-- name: count_problems
SELECT COALESCE(sum(bad_rows), 0)::bigint FROM import_problems;

-- name: analyze
ANALYZE companies, profiles, suppliers, products, locations, stock, sales, purchase_orders, purchase_order_lines, agents;
