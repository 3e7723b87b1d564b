-- name: check_suppliers
INSERT INTO import_problems
SELECT 'suppliers.csv', 'name', (array_agg(line ORDER BY line))[2:7], count(*) - 1,
  format('"%s" is there already, on line %s', left(name, 40), min(line))
FROM import_suppliers
GROUP BY name
HAVING count(*) > 1;

-- A column that the file lacks keeps what is stored ($2 names those it has).

-- name: apply_suppliers
INSERT INTO suppliers (company_id, name, email, phone, lead_time_days, min_order, notes)
SELECT $1, name, COALESCE(email, ''), COALESCE(phone, ''), lead_time_days, min_order, COALESCE(notes, '')
FROM import_suppliers
ON CONFLICT (company_id, name) DO UPDATE SET
  email = CASE WHEN 'email' = ANY($2::text[]) THEN excluded.email ELSE suppliers.email END,
  phone = CASE WHEN 'phone' = ANY($2) THEN excluded.phone ELSE suppliers.phone END,
  lead_time_days = CASE WHEN 'lead_time_days' = ANY($2) THEN excluded.lead_time_days ELSE suppliers.lead_time_days END,
  min_order = CASE WHEN 'min_order' = ANY($2) THEN excluded.min_order ELSE suppliers.min_order END,
  notes = CASE WHEN 'notes' = ANY($2) THEN excluded.notes ELSE suppliers.notes END,
  updated_at = now();
