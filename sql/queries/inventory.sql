-- name: StockOfProducts :many
-- Everything that is said about the stock of the products of one batch of
-- questions, one row for each key that exists, in one statement: quantities are
-- always read here, never remembered. The three arrays are one list of keys;
-- location_id is the zero UUID when no place was asked about.
--
-- A key matches only a product and a place of its own company: another's gives
-- no row, as if it did not exist. LIMIT 1 makes Postgres look each product up by
-- its id alone, and check the company afterwards: a join may compare each key
-- with each product found, and on a table that was never analysed it may take
-- the index of all products of the company instead. The columns of held are one
-- list, by place; idx_purchase_order_lines_product finds a product's orders.
SELECT k.company_id::uuid AS company_id, k.location_id::uuid AS location_id,
       p.id AS product_id, p.sku, p.name, p.unit, p.reorder_point, p.safety_stock, p.updated_at,
       COALESCE(p.lead_time_days, s.lead_time_days, 0)::int AS lead_time_days,
       COALESCE(s.name, '')::text AS supplier, COALESCE(s.min_order, 0)::int AS min_order,
       c.catalogue_version, COALESCE(asked.name, '')::text AS location,
       held.location_ids::uuid[] AS held_location_ids, held.names::text[] AS held_names,
       held.quantities::int[] AS held_quantities, held.updated_at::timestamptz[] AS held_updated_at,
       COALESCE(newest.number, '')::text AS order_number, COALESCE(newest.supplier, '')::text AS order_supplier,
       COALESCE(newest.quantity, 0)::int AS order_quantity,
       COALESCE(newest.ordered_on, 'epoch')::date AS order_ordered_on, newest.expected_on AS order_expected_on, newest.received_on AS order_received_on,
       COALESCE(due.quantity, 0)::int AS due_quantity, COALESCE(due.supplier, '')::text AS due_supplier, due.expected_on AS due_expected_on
FROM (SELECT unnest(@companies::uuid[]) AS company_id,
             unnest(@products::uuid[]) AS product_id,
             unnest(@locations::uuid[]) AS location_id) k
CROSS JOIN LATERAL (
  SELECT id, company_id, sku, name, unit, reorder_point, safety_stock, updated_at, lead_time_days, supplier_id
  FROM products WHERE products.id = k.product_id LIMIT 1
) p
JOIN companies c ON c.id = p.company_id
LEFT JOIN suppliers s ON s.id = p.supplier_id
LEFT JOIN locations asked ON asked.id = k.location_id AND asked.company_id = k.company_id
LEFT JOIN LATERAL (
  SELECT array_agg(l.id) AS location_ids, array_agg(l.name) AS names,
         array_agg(t.quantity) AS quantities, array_agg(t.updated_at) AS updated_at
  FROM stock t JOIN locations l ON l.id = t.location_id
  WHERE t.product_id = p.id
) held ON true
LEFT JOIN LATERAL (
  SELECT o.number, o.ordered_on, o.expected_on, l.received_on, l.quantity, os.name AS supplier
  FROM purchase_order_lines l
  JOIN purchase_orders o ON o.id = l.purchase_order_id
  JOIN suppliers os ON os.id = o.supplier_id
  WHERE l.product_id = p.id AND o.status NOT IN ('draft', 'cancelled')
  ORDER BY o.ordered_on DESC, o.number DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
  -- What is still on its way, of all open orders, and the first of them to come.
  SELECT sum(l.quantity - l.received_quantity) OVER () AS quantity, o.expected_on, os.name AS supplier
  FROM purchase_order_lines l
  JOIN purchase_orders o ON o.id = l.purchase_order_id
  JOIN suppliers os ON os.id = o.supplier_id
  WHERE l.product_id = p.id AND l.received_quantity < l.quantity AND o.status IN ('ordered', 'partly_received')
  ORDER BY o.expected_on NULLS LAST, o.number LIMIT 1
) due ON true
WHERE p.company_id = k.company_id;

-- name: SalesSpans :many
-- The first and the newest day with sales of each company, today at the latest:
-- two probes of idx_sales_company_day each. A company without sales has no row.
SELECT k.company_id::uuid AS company_id, oldest.sold_on AS first_on, newest.sold_on AS last_on
FROM (SELECT unnest(@companies::uuid[]) AS company_id, unnest(@todays::date[]) AS today) k
CROSS JOIN LATERAL (
  SELECT s.sold_on FROM sales s WHERE s.company_id = k.company_id AND s.sold_on <= k.today
  ORDER BY s.sold_on DESC LIMIT 1
) newest
CROSS JOIN LATERAL (
  SELECT s.sold_on FROM sales s WHERE s.company_id = k.company_id
  ORDER BY s.sold_on LIMIT 1
) oldest;

-- name: UsageOfProducts :many
-- Units sold by place over the days given, one row for each product that sold:
-- one short range of the primary key of sales each. The company is checked on
-- the product, so that no plan takes the index of all sales of the company.
SELECT k.product_id::uuid AS product_id,
       sold.location_ids::uuid[] AS location_ids, sold.names::text[] AS names, sold.units::bigint[] AS units
FROM (SELECT unnest(@companies::uuid[]) AS company_id,
             unnest(@products::uuid[]) AS product_id,
             unnest(@first_on::date[]) AS first_on,
             unnest(@last_on::date[]) AS last_on) k
CROSS JOIN LATERAL (SELECT company_id FROM products WHERE products.id = k.product_id LIMIT 1) p
CROSS JOIN LATERAL (
  SELECT array_agg(l.id) AS location_ids, array_agg(l.name) AS names, array_agg(u.units) AS units
  FROM (
    SELECT s.location_id, sum(s.quantity) AS units
    FROM sales s
    WHERE s.product_id = k.product_id AND s.sold_on BETWEEN k.first_on AND k.last_on
    GROUP BY s.location_id
  ) u
  JOIN locations l ON l.id = u.location_id
) sold
WHERE p.company_id = k.company_id AND sold.location_ids IS NOT NULL;

-- name: StockLevels :many
-- The total and the usage of each product of a company that may be low: those
-- that a given reorder point clears are left out here, so that their sales are
-- never summed. The rest is one range of the primary key of sales each.
-- Of products that are neither stocked nor sold nor given a reorder point
-- nothing is known; stocked and units tell them apart.
SELECT p.id AS product_id, p.sku, p.reorder_point, p.safety_stock,
       COALESCE(p.lead_time_days, s.lead_time_days, 0)::int AS lead_time_days,
       (t.product_id IS NOT NULL)::boolean AS stocked,
       COALESCE(t.quantity, 0)::bigint AS quantity,
       sold.units::bigint AS units
FROM products p
LEFT JOIN (
  SELECT product_id, sum(quantity) AS quantity FROM stock WHERE stock.company_id = @company_id GROUP BY product_id
) t ON t.product_id = p.id
LEFT JOIN suppliers s ON s.id = p.supplier_id
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(quantity), 0) AS units
  FROM sales WHERE sales.product_id = p.id AND sales.sold_on BETWEEN @first_on::date AND @last_on::date
) sold
WHERE p.company_id = @company_id
  AND (p.reorder_point IS NULL OR COALESCE(t.quantity, 0) < p.reorder_point OR COALESCE(t.quantity, 0) <= 0);
