-- name: check_purchase_orders
INSERT INTO import_problems
SELECT 'purchase_orders.csv', 'sku', (array_agg(line ORDER BY line))[1:6], count(*),
  format('no product has the SKU "%s": add it to products.csv, or mend the spelling', left(sku, 40))
FROM import_purchase_orders AS t
WHERE NOT EXISTS (SELECT FROM import_products AS p WHERE p.sku = t.sku)
  AND NOT EXISTS (SELECT FROM products AS p WHERE p.company_id = $1 AND p.sku = t.sku)
GROUP BY sku
UNION ALL
SELECT 'purchase_orders.csv', 'supplier', (array_agg(line ORDER BY line))[1:6], count(*),
  format('no supplier is called "%s": add it to suppliers.csv, or mend the name', left(supplier, 40))
FROM import_purchase_orders AS t
WHERE supplier IS NOT NULL
  AND NOT EXISTS (SELECT FROM import_suppliers AS s WHERE s.name = t.supplier)
  AND NOT EXISTS (SELECT FROM suppliers AS s WHERE s.company_id = $1 AND s.name = t.supplier)
GROUP BY supplier
UNION ALL
SELECT 'purchase_orders.csv', 'sku', (array_agg(line ORDER BY line))[2:7], count(*) - 1,
  format('order "%s" has a row for "%s" already, on line %s', left(number, 40), left(sku, 40), min(line))
FROM import_purchase_orders
GROUP BY number, sku
HAVING count(*) > 1
UNION ALL
SELECT 'purchase_orders.csv', 'supplier', ARRAY[line], 1,
  format('order "%s" has another supplier on line %s: want one supplier an order', left(number, 40), first_line)
FROM (
  SELECT line, number, supplier, first_value(supplier) OVER w AS first_supplier, first_value(line) OVER w AS first_line
  FROM import_purchase_orders WINDOW w AS (PARTITION BY number ORDER BY line)
) AS t
WHERE supplier <> first_supplier
UNION ALL
SELECT 'purchase_orders.csv', 'ordered_on', ARRAY[line], 1,
  format('order "%s" has another day on line %s: want one day an order', left(number, 40), first_line)
FROM (
  SELECT line, number, ordered_on, first_value(ordered_on) OVER w AS first_day, first_value(line) OVER w AS first_line
  FROM import_purchase_orders WINDOW w AS (PARTITION BY number ORDER BY line)
) AS t
WHERE ordered_on <> first_day
UNION ALL
SELECT 'purchase_orders.csv', 'expected_on', ARRAY[line], 1, 'is before ordered_on'
FROM import_purchase_orders
WHERE expected_on < ordered_on
UNION ALL
SELECT 'purchase_orders.csv', 'received_on', ARRAY[line], 1, 'is before ordered_on'
FROM import_purchase_orders
WHERE received_on < ordered_on
UNION ALL
SELECT 'purchase_orders.csv', 'received_on', ARRAY[line], 1, 'is empty though something was received: want its day'
FROM import_purchase_orders
WHERE received_on IS NULL AND received_quantity > 0
UNION ALL
SELECT 'purchase_orders.csv', 'received_quantity', ARRAY[line], 1,
  'is 0 though received_on has a day: want the quantity, or nothing when all of it came'
FROM import_purchase_orders
WHERE received_on IS NOT NULL AND received_quantity = 0;

-- An order has a row for each product. It is expected when its last row is.

-- name: apply_purchase_orders
INSERT INTO purchase_orders (company_id, number, supplier_id, ordered_on, expected_on)
SELECT $1, t.number, s.id, min(t.ordered_on), max(t.expected_on)
FROM import_purchase_orders AS t
JOIN suppliers AS s ON s.company_id = $1 AND s.name = t.supplier
GROUP BY t.number, s.id
ON CONFLICT (company_id, number) DO UPDATE SET
  supplier_id = excluded.supplier_id,
  ordered_on = excluded.ordered_on,
  expected_on = CASE WHEN 'expected_on' = ANY($2::text[]) THEN excluded.expected_on ELSE purchase_orders.expected_on END;

-- An order that the file names has the products that the file gives it, and
-- no others.

-- name: delete_purchase_order_lines
DELETE FROM purchase_order_lines AS l
USING purchase_orders AS o, products AS p
WHERE o.id = l.purchase_order_id AND p.id = l.product_id AND o.company_id = $1
  AND EXISTS (SELECT FROM import_purchase_orders AS t WHERE t.number = o.number)
  AND NOT EXISTS (SELECT FROM import_purchase_orders AS t WHERE t.number = o.number AND t.sku = p.sku);

-- A day without a quantity means that all of it came on that day.

-- name: apply_purchase_order_lines
INSERT INTO purchase_order_lines (purchase_order_id, product_id, quantity, unit_cost, received_on, received_quantity)
SELECT o.id, p.id, t.quantity, t.unit_cost::numeric, t.received_on,
  COALESCE(t.received_quantity, CASE WHEN t.received_on IS NULL THEN 0 ELSE t.quantity END)
FROM import_purchase_orders AS t
JOIN purchase_orders AS o ON o.company_id = $1 AND o.number = t.number
JOIN products AS p ON p.company_id = $1 AND p.sku = t.sku
ON CONFLICT (purchase_order_id, product_id) DO UPDATE SET
  quantity = excluded.quantity,
  unit_cost = CASE WHEN 'unit_cost' = ANY($2::text[]) THEN excluded.unit_cost ELSE purchase_order_lines.unit_cost END,
  received_on = CASE WHEN 'received_on' = ANY($2) THEN excluded.received_on ELSE purchase_order_lines.received_on END,
  received_quantity = CASE WHEN 'received_on' = ANY($2) OR 'received_quantity' = ANY($2)
    THEN excluded.received_quantity ELSE purchase_order_lines.received_quantity END;

-- The file cannot say that an order is cancelled, so one that is stays so
-- until something of it arrives.

-- name: settle_purchase_orders
UPDATE purchase_orders AS o SET
  status = CASE
    WHEN l.complete THEN 'received'
    WHEN l.begun THEN 'partly_received'
    WHEN o.status = 'cancelled' THEN 'cancelled'
    ELSE 'ordered' END,
  received_on = CASE WHEN l.complete THEN l.last_received_on END
FROM (
  SELECT purchase_order_id, bool_and(received_quantity >= quantity) AS complete,
    bool_or(received_quantity > 0) AS begun, max(received_on) AS last_received_on
  FROM purchase_order_lines
  GROUP BY purchase_order_id
) AS l
WHERE l.purchase_order_id = o.id AND o.company_id = $1
  AND o.number IN (SELECT number FROM import_purchase_orders);
