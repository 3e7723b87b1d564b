-- name: check_stock
INSERT INTO import_problems
SELECT 'stock.csv', 'sku', (array_agg(line ORDER BY line))[1:6], count(*),
  format('no product has the SKU "%s": add it to products.csv, or mend the spelling', left(sku, 40))
FROM import_stock AS t
WHERE NOT EXISTS (SELECT FROM import_products AS p WHERE p.sku = t.sku)
  AND NOT EXISTS (SELECT FROM products AS p WHERE p.company_id = $1 AND p.sku = t.sku)
GROUP BY sku
UNION ALL
SELECT 'stock.csv', 'location', (array_agg(line ORDER BY line))[2:7], count(*) - 1,
  format('"%s" has a quantity of "%s" already, on line %s', left(min(location), 40), left(sku, 40), min(line))
FROM import_stock
GROUP BY sku, lower(location)
HAVING count(*) > 1;

-- Places are not listed anywhere: the first file that names one makes it.
-- Capitals do not make another place, because a slip in one of a million rows
-- would otherwise split a shop in two.

-- name: make_locations
INSERT INTO locations (company_id, name)
SELECT DISTINCT ON (lower(location)) $1, location
FROM (
  SELECT location, 1 AS file, min(line) AS line FROM import_stock GROUP BY location
  UNION ALL
  SELECT location, 2, min(line) FROM import_sales GROUP BY location
) AS named
WHERE NOT EXISTS (SELECT FROM locations AS l WHERE l.company_id = $1 AND lower(l.name) = lower(location))
ORDER BY lower(location), file, line;

-- Each spelling of the files with the place that it means.

-- name: resolve_locations
CREATE TEMPORARY TABLE import_locations ON COMMIT DROP AS
SELECT DISTINCT ON (named.location) named.location, l.id
FROM (SELECT location FROM import_stock UNION SELECT location FROM import_sales) AS named
JOIN locations AS l ON l.company_id = $1 AND lower(l.name) = lower(named.location)
ORDER BY named.location, l.name <> named.location, l.name;

-- Every row that the file has counts as changed now, even with the same
-- quantity: somebody has just said that it is so. The order keeps two writers
-- of the same rows from waiting for each other.

-- name: apply_stock
INSERT INTO stock (product_id, location_id, company_id, quantity)
SELECT p.id, l.id, $1, t.quantity
FROM import_stock AS t
JOIN products AS p ON p.company_id = $1 AND p.sku = t.sku
JOIN import_locations AS l ON l.location = t.location
ORDER BY p.id, l.id
ON CONFLICT (product_id, location_id) DO UPDATE SET quantity = excluded.quantity, updated_at = now();
