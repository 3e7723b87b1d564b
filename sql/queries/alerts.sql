-- name: OpenStockAlerts :many
-- What the alert generator has raised and nobody resolved, by idx_alerts_open.
SELECT id, product_id, category, severity,
       (facts->>'quantity')::bigint AS quantity, (facts->>'reorder_point')::bigint AS reorder_point
FROM alerts
WHERE company_id = @company_id AND status <> 'resolved' AND category IN ('low_stock', 'out_of_stock') AND product_id IS NOT NULL AND location_id IS NULL;

-- name: ResolveAlerts :exec
-- The condition has gone. resolved_by stays NULL: nobody had to do it.
UPDATE alerts SET status = 'resolved', resolved_at = clock_timestamp(), refreshed_at = clock_timestamp()
WHERE id = ANY(@ids::uuid[]) AND company_id = @company_id AND status <> 'resolved';

-- name: RefreshAlerts :exec
-- Only those whose figures changed: the rest are not written again.
UPDATE alerts a
SET severity = n.severity, refreshed_at = clock_timestamp(),
    facts = jsonb_build_object('quantity', n.quantity, 'reorder_point', n.reorder_point)
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@severities::text[]) AS severity,
             unnest(@quantities::bigint[]) AS quantity,
             unnest(@reorder_points::bigint[]) AS reorder_point) n
WHERE a.id = n.id AND a.id = ANY(@ids::uuid[]) AND a.company_id = @company_id AND a.status <> 'resolved';

-- name: RaiseAlerts :exec
-- New alerts take the numbers after the highest one, in the order given. The
-- caller holds LockAlerts, so that nobody else takes them.
INSERT INTO alerts (company_id, number, category, severity, product_id, facts)
SELECT @company_id, COALESCE((SELECT max(m.number) FROM alerts m WHERE m.company_id = @company_id), 0) + n.place,
       n.category, n.severity, n.product_id,
       jsonb_build_object('quantity', n.quantity, 'reorder_point', n.reorder_point)
FROM (SELECT unnest(@places::int[]) AS place,
             unnest(@categories::text[]) AS category,
             unnest(@severities::text[]) AS severity,
             unnest(@products::uuid[]) AS product_id,
             unnest(@quantities::bigint[]) AS quantity,
             unnest(@reorder_points::bigint[]) AS reorder_point) n;

-- name: ActiveAlerts :many
-- The ten worst active alerts, newest first among equals, each with the counts
-- of all that match; no row when none does. An empty filter matches all.
SELECT a.id, a.number, a.category, a.severity, a.raised_at,
       COALESCE((a.facts->>'quantity')::bigint, 0)::bigint AS quantity,
       COALESCE((a.facts->>'reorder_point')::bigint, 0)::bigint AS reorder_point,
       COALESCE(p.sku, '')::text AS sku, COALESCE(p.name, '')::text AS name, COALESCE(l.name, '')::text AS location,
       a.critical, a.high, a.medium, a.low
FROM (
  SELECT id, number, category, severity, raised_at, facts, product_id, location_id,
         array_position(ARRAY['critical', 'high', 'medium', 'low'], severity) AS rank,
         count(*) FILTER (WHERE severity = 'critical') OVER () AS critical,
         count(*) FILTER (WHERE severity = 'high') OVER () AS high,
         count(*) FILTER (WHERE severity = 'medium') OVER () AS medium,
         count(*) FILTER (WHERE severity = 'low') OVER () AS low
  FROM alerts
  WHERE alerts.company_id = @company_id AND status = 'active'
    AND (@severity::text = '' OR severity = @severity) AND (@category::text = '' OR category = @category)
  ORDER BY rank, raised_at DESC, number LIMIT 10
) a
LEFT JOIN products p ON p.id = a.product_id
LEFT JOIN locations l ON l.id = a.location_id
ORDER BY a.rank, a.raised_at DESC, a.number;
