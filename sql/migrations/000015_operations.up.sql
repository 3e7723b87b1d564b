-- One row for each running worker process. A process that stops raising beat is
-- taken for dead and its jobs are put back; see jobs/liveness.go.
CREATE TABLE worker_processes (
  id TEXT PRIMARY KEY,                             -- River's client id, new at each start
  beat BIGINT NOT NULL DEFAULT 0,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  beat_at TIMESTAMPTZ NOT NULL DEFAULT now()       -- for operators; liveness counts beats, not clocks
);

-- Every effect and every operator's act. hash covers the row and prev_hash, so
-- that a changed or removed row shows.
CREATE TABLE audit_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id UUID,
  actor TEXT NOT NULL,                             -- 'person:<id>', 'agent:<type>', 'operator:<name>', 'import'
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details JSONB NOT NULL DEFAULT '{}',
  prev_hash BYTEA,
  hash BYTEA,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_audit_company ON audit_log (company_id, id);
