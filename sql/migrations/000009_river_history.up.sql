-- River's own tables were made by versions 1 to 8 of this history, fed at run
-- time from the river module. These rows tell River's tools (rivermigrate
-- Validate, the start-up guard) that it was done.
INSERT INTO river_migration (line, version)
SELECT 'main', v FROM generate_series(1, 8) AS v
ON CONFLICT DO NOTHING;
