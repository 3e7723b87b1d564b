-- name: Company :one
-- What the understanding of a company's messages needs beside its catalogue.
SELECT id, name, timezone, currency, week_starts_on, catalogue_version FROM companies WHERE id = $1;

-- name: EnsureAgents :exec
-- Every company has one agent of each type. The import makes them; a company
-- made by hand gets them when it is first seen.
INSERT INTO agents (company_id, type)
SELECT @company_id, t FROM unnest(@types::text[]) AS t
ON CONFLICT (company_id, type) DO NOTHING;

-- name: Agents :many
SELECT id, type FROM agents WHERE company_id = $1;

-- name: CatalogueProducts :many
SELECT id, sku, name, aliases FROM products WHERE company_id = $1 ORDER BY sku;

-- name: CatalogueLocations :many
SELECT id, name FROM locations WHERE company_id = $1 ORDER BY name;
