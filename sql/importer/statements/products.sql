-- name: check_products
INSERT INTO import_problems
SELECT 'products.csv', 'sku', (array_agg(line ORDER BY line))[2:7], count(*) - 1,
  format('"%s" is there already, on line %s', left(sku, 40), min(line))
FROM import_products
GROUP BY sku
HAVING count(*) > 1
UNION ALL
SELECT 'products.csv', 'supplier', (array_agg(line ORDER BY line))[1:6], count(*),
  format('no supplier is called "%s": add it to suppliers.csv, or mend the name', left(supplier, 40))
FROM import_products AS p
WHERE supplier IS NOT NULL
  AND NOT EXISTS (SELECT FROM import_suppliers AS s WHERE s.name = p.supplier)
  AND NOT EXISTS (SELECT FROM suppliers AS s WHERE s.company_id = $1 AND s.name = p.supplier)
GROUP BY supplier;

-- A column that the file lacks keeps what is stored ($2 names those it has).

-- name: apply_products
INSERT INTO products (company_id, sku, name, aliases, category, unit, unit_cost, unit_price,
  supplier_id, lead_time_days, reorder_point, safety_stock)
SELECT $1, p.sku, p.name, COALESCE(p.aliases, '{}'), COALESCE(p.category, ''), COALESCE(p.unit, ''),
  p.unit_cost::numeric, p.unit_price::numeric, s.id, p.lead_time_days, p.reorder_point, p.safety_stock
FROM import_products AS p
LEFT JOIN suppliers AS s ON s.company_id = $1 AND s.name = p.supplier
ON CONFLICT (company_id, sku) DO UPDATE SET
  name = excluded.name,
  aliases = CASE WHEN 'aliases' = ANY($2::text[]) THEN excluded.aliases ELSE products.aliases END,
  category = CASE WHEN 'category' = ANY($2) THEN excluded.category ELSE products.category END,
  unit = CASE WHEN 'unit' = ANY($2) THEN excluded.unit ELSE products.unit END,
  unit_cost = CASE WHEN 'unit_cost' = ANY($2) THEN excluded.unit_cost ELSE products.unit_cost END,
  unit_price = CASE WHEN 'unit_price' = ANY($2) THEN excluded.unit_price ELSE products.unit_price END,
  supplier_id = CASE WHEN 'supplier' = ANY($2) THEN excluded.supplier_id ELSE products.supplier_id END,
  lead_time_days = CASE WHEN 'lead_time_days' = ANY($2) THEN excluded.lead_time_days ELSE products.lead_time_days END,
  reorder_point = CASE WHEN 'reorder_point' = ANY($2) THEN excluded.reorder_point ELSE products.reorder_point END,
  safety_stock = CASE WHEN 'safety_stock' = ANY($2) THEN excluded.safety_stock ELSE products.safety_stock END,
  updated_at = now();
