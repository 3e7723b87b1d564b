-- The quantities of one day, place and price are added up, and the sum has to
-- fit an INTEGER. Only when all the file's quantities together could exceed
-- it is the grouping worth its second: the condition without columns is
-- evaluated once.

-- name: check_sales
INSERT INTO import_problems
SELECT 'sales.csv', 'sku', (array_agg(line ORDER BY line))[1:6], count(*),
  format('no product has the SKU "%s": add it to products.csv, or mend the spelling', left(sku, 40))
FROM import_sales AS t
WHERE NOT EXISTS (SELECT FROM import_products AS p WHERE p.sku = t.sku)
  AND NOT EXISTS (SELECT FROM products AS p WHERE p.company_id = $1 AND p.sku = t.sku)
GROUP BY sku
UNION ALL
SELECT 'sales.csv', 'quantity', (array_agg(line ORDER BY line))[1:6], count(*),
  'the quantities of this day, place and price add up to more than 2147483647'
FROM import_sales
WHERE (SELECT sum(abs(quantity::bigint)) FROM import_sales) > 2147483647
GROUP BY date, sku, lower(location), unit_price::numeric
HAVING abs(sum(quantity)) > 2147483647;

-- name: resolve_sales
CREATE TEMPORARY TABLE import_sales_days (
  product_id UUID NOT NULL,
  location_id UUID NOT NULL,
  sold_on DATE NOT NULL,
  unit_price NUMERIC(14, 4) NOT NULL,
  quantity INTEGER NOT NULL
) ON COMMIT DROP;

-- name: fill_sales_days
INSERT INTO import_sales_days (product_id, location_id, sold_on, unit_price, quantity)
SELECT p.id, l.id, t.date, t.unit_price::numeric, sum(t.quantity)
FROM import_sales AS t
JOIN products AS p ON p.company_id = $1 AND p.sku = t.sku
JOIN import_locations AS l ON l.location = t.location
GROUP BY p.id, l.id, t.date, t.unit_price::numeric;

-- name: analyze_sales_days
ANALYZE import_sales_days;

-- What the file says of a product, place and day is the whole truth about
-- them: a price that it does not name any more goes.

-- name: delete_sales
DELETE FROM sales AS s
USING (SELECT DISTINCT product_id, location_id, sold_on FROM import_sales_days) AS named
WHERE s.product_id = named.product_id AND s.sold_on = named.sold_on AND s.location_id = named.location_id
  AND s.company_id = $1
  AND NOT EXISTS (
    SELECT FROM import_sales_days AS d
    WHERE d.product_id = s.product_id AND d.sold_on = s.sold_on AND d.location_id = s.location_id
      AND d.unit_price = s.unit_price
  );

-- Rows that are right already are left alone, so that a rerun writes little.

-- name: update_sales
UPDATE sales AS s SET quantity = d.quantity
FROM import_sales_days AS d
WHERE s.product_id = d.product_id AND s.sold_on = d.sold_on AND s.location_id = d.location_id
  AND s.unit_price = d.unit_price AND s.quantity <> d.quantity
  AND s.company_id = $1;

-- A plain INSERT, half as dear as ON CONFLICT: only imports write sales, and
-- one company has one import at a time. The order is that of the primary key,
-- which then grows at its right edge.

-- name: insert_sales
INSERT INTO sales (company_id, product_id, location_id, sold_on, quantity, unit_price)
SELECT $1, d.product_id, d.location_id, d.sold_on, d.quantity, d.unit_price
FROM import_sales_days AS d
WHERE NOT EXISTS (
  SELECT FROM sales AS s
  WHERE s.product_id = d.product_id AND s.sold_on = d.sold_on AND s.location_id = d.location_id
    AND s.unit_price = d.unit_price AND s.company_id = $1
)
ORDER BY d.product_id, d.sold_on, d.location_id, d.unit_price;
