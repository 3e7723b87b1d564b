-- Each report reads what it sums once: the totals travel on the rows of its
-- ranking, as window sums, which are taken before the LIMIT. Money is summed as
-- NUMERIC and handed over as a float of the company's currency. A location that
-- is NULL means all places.

-- name: InventoryTotals :many
-- The five products that hold the most money, with the sums over the whole
-- catalogue; of one place, over what has a stock record there. Stock below zero
-- is worth nothing. No row: no products.
SELECT v.name, v.value::float8 AS value, (v.unit_cost IS NOT NULL)::boolean AS valued,
       count(*) OVER () AS products,
       COALESCE(sum(v.quantity) OVER (), 0)::bigint AS units,
       COALESCE(sum(v.value) OVER (), 0)::float8 AS total_value,
       count(*) FILTER (WHERE v.unit_cost IS NULL AND v.quantity > 0) OVER () AS unvalued,
       count(*) FILTER (WHERE v.quantity <= 0) OVER () AS without
FROM (
  SELECT p.name, p.sku, p.unit_cost, COALESCE(t.quantity, 0) AS quantity,
         GREATEST(COALESCE(t.quantity, 0), 0) * COALESCE(p.unit_cost, 0) AS value
  FROM products p
  LEFT JOIN (
    SELECT product_id, sum(quantity) AS quantity FROM stock
    WHERE stock.company_id = @company_id AND (sqlc.narg(location)::uuid IS NULL OR location_id = sqlc.narg(location)::uuid)
    GROUP BY product_id
  ) t ON t.product_id = p.id
  WHERE p.company_id = @company_id AND (sqlc.narg(location)::uuid IS NULL OR t.product_id IS NOT NULL)
) v
ORDER BY v.value DESC, v.sku LIMIT 5;

-- name: SalesTotals :many
-- The five products that earned the most, with the sums over all; one range of
-- idx_sales_company_day. No row: no sales.
WITH by_product AS (
  SELECT product_id, sum(quantity) AS units, sum(quantity * unit_price) AS revenue
  FROM sales WHERE sales.company_id = @company_id AND sold_on BETWEEN @first_on::date AND @last_on::date
    AND (sqlc.narg(location)::uuid IS NULL OR location_id = sqlc.narg(location)::uuid)
  GROUP BY product_id
), best AS (
  SELECT product_id, revenue, count(*) OVER () AS products,
         sum(units) OVER () AS units, sum(revenue) OVER () AS total_revenue
  FROM by_product ORDER BY revenue DESC, product_id LIMIT 5
)
SELECT p.name, b.revenue::float8 AS revenue, b.products, b.units::bigint AS units, b.total_revenue::float8 AS total_revenue
FROM best b JOIN products p ON p.id = b.product_id
ORDER BY b.revenue DESC, b.product_id;

-- name: Revenue :one
SELECT COALESCE(sum(quantity * unit_price), 0)::float8
FROM sales WHERE sales.company_id = @company_id AND sold_on BETWEEN @first_on::date AND @last_on::date
  AND (sqlc.narg(location)::uuid IS NULL OR location_id = sqlc.narg(location)::uuid);

-- name: ProfitTotals :many
-- The five products with the most gross profit, with the sums over all. Profit
-- is known only where the product's cost is; what the others sold is told
-- apart, never counted as profit.
WITH by_product AS (
  SELECT product_id, sum(quantity) AS units, sum(quantity * unit_price) AS revenue
  FROM sales WHERE sales.company_id = @company_id AND sold_on BETWEEN @first_on::date AND @last_on::date
    AND (sqlc.narg(location)::uuid IS NULL OR location_id = sqlc.narg(location)::uuid)
  GROUP BY product_id
)
SELECT p.name, (p.unit_cost IS NOT NULL)::boolean AS costed,
       COALESCE(b.revenue - b.units * p.unit_cost, 0)::float8 AS profit,
       (sum(b.revenue) OVER ())::float8 AS revenue,
       COALESCE(sum(b.revenue) FILTER (WHERE p.unit_cost IS NOT NULL) OVER (), 0)::float8 AS costed_revenue,
       COALESCE(sum(b.revenue) FILTER (WHERE p.unit_cost IS NULL) OVER (), 0)::float8 AS uncosted_revenue,
       COALESCE(sum(b.units * p.unit_cost) OVER (), 0)::float8 AS cost,
       COALESCE(sum(b.revenue - b.units * p.unit_cost) OVER (), 0)::float8 AS total_profit
FROM by_product b JOIN products p ON p.id = b.product_id
ORDER BY p.unit_cost IS NULL, profit DESC, p.sku LIMIT 5;

-- name: Purchases :one
-- What was ordered in the span, at the order's own cost, else the product's.
SELECT COALESCE(sum(l.quantity * COALESCE(l.unit_cost, p.unit_cost, 0)), 0)::float8
FROM purchase_orders o
JOIN purchase_order_lines l ON l.purchase_order_id = o.id
JOIN products p ON p.id = l.product_id
WHERE o.company_id = @company_id AND o.status NOT IN ('draft', 'cancelled')
  AND o.ordered_on BETWEEN @first_on::date AND @last_on::date;

-- name: StockValue :one
SELECT COALESCE(sum(t.quantity * p.unit_cost) FILTER (WHERE t.quantity > 0), 0)::float8
FROM products p
JOIN (
  SELECT product_id, sum(quantity) AS quantity FROM stock
  WHERE stock.company_id = @company_id AND (sqlc.narg(location)::uuid IS NULL OR location_id = sqlc.narg(location)::uuid)
  GROUP BY product_id
) t ON t.product_id = p.id
WHERE p.company_id = @company_id;

-- name: SupplierSpend :many
-- The five suppliers with the most ordered from them in the span, with the sums
-- over all. No row: nothing was ordered.
SELECT s.name, v.spend::float8 AS spend, v.suppliers, v.orders::bigint AS orders, v.total_spend::float8 AS total_spend
FROM (
  SELECT o.supplier_id, sum(l.quantity * COALESCE(l.unit_cost, p.unit_cost, 0)) AS spend,
         count(*) OVER () AS suppliers,
         sum(count(DISTINCT o.id)) OVER () AS orders,
         sum(sum(l.quantity * COALESCE(l.unit_cost, p.unit_cost, 0))) OVER () AS total_spend
  FROM purchase_orders o
  JOIN purchase_order_lines l ON l.purchase_order_id = o.id
  JOIN products p ON p.id = l.product_id
  WHERE o.company_id = @company_id AND o.status NOT IN ('draft', 'cancelled')
    AND o.ordered_on BETWEEN @first_on::date AND @last_on::date
  GROUP BY o.supplier_id
) v
JOIN suppliers s ON s.id = v.supplier_id
ORDER BY v.spend DESC, s.name LIMIT 5;

-- name: SupplierDeliveries :one
-- Lines received in the span, whenever they were ordered: on time are those
-- received by the day expected, of those that had one. And what is open today.
SELECT (SELECT count(*) FROM suppliers WHERE suppliers.company_id = @company_id) AS suppliers,
       count(*) FILTER (WHERE d.received) AS deliveries,
       count(*) FILTER (WHERE d.received AND d.expected_on IS NOT NULL) AS promised,
       count(*) FILTER (WHERE d.received AND d.received_on <= d.expected_on) AS on_time,
       COALESCE(avg(d.received_on - d.ordered_on) FILTER (WHERE d.received), 0)::float8 AS lead_time_days,
       count(DISTINCT d.id) FILTER (WHERE d.open) AS open_orders,
       count(DISTINCT d.id) FILTER (WHERE d.open AND d.expected_on < @today::date) AS overdue_orders
FROM (
  SELECT o.id, o.ordered_on, o.expected_on, l.received_on,
         COALESCE(l.received_on BETWEEN @first_on::date AND @last_on::date, false) AS received,
         l.received_quantity < l.quantity AND o.status IN ('ordered', 'partly_received') AS open
  FROM purchase_orders o
  JOIN purchase_order_lines l ON l.purchase_order_id = o.id
  WHERE o.company_id = @company_id AND o.status NOT IN ('draft', 'cancelled')
) d;

-- name: LocationName :one
SELECT name FROM locations WHERE id = $1 AND company_id = $2;
