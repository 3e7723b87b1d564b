CREATE TABLE agents (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  type TEXT NOT NULL CHECK (type IN
    ('inventory_monitor', 'alert_generator', 'report_generator', 'reorder', 'supplier_monitor', 'digest')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'stopped')),
  config JSONB NOT NULL DEFAULT '{}',
  schedule TEXT NOT NULL DEFAULT '',               -- '' means on request only
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (company_id, type)
);

-- One row for each run of an agent, asked for or scheduled.
CREATE TABLE agent_execution_queue (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  agent_id UUID REFERENCES agents (id) ON DELETE SET NULL,
  priority INTEGER DEFAULT 5,                      -- the seed's 10, 9, 8, 5: the higher the sooner
  context JSONB,
  status TEXT DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  created_at TIMESTAMPTZ DEFAULT NOW(),
  started_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ,
  result JSONB,
  error TEXT,
  company_id UUID NOT NULL,
  conversation_id UUID,                            -- NULL: nobody asked, it was scheduled
  -- Counts claims. The outcome is stored only by the claim that is still the
  -- newest, so a worker that was paused past its rescue cannot overwrite it.
  attempt INTEGER NOT NULL DEFAULT 0,
  deadline TIMESTAMPTZ NOT NULL                    -- past it the run ends as failed, in words
) WITH (fillfactor = 80);
CREATE INDEX idx_queue_status_priority ON agent_execution_queue (status, priority DESC);

CREATE TABLE alerts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,                         -- what people type: short, unique in the company
  category TEXT NOT NULL,                          -- low_stock, out_of_stock, …
  severity TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'acknowledged', 'resolved')),
  product_id UUID REFERENCES products (id) ON DELETE CASCADE,
  location_id UUID REFERENCES locations (id) ON DELETE CASCADE,
  facts JSONB NOT NULL DEFAULT '{}',
  raised_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  refreshed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  acknowledged_at TIMESTAMPTZ,
  acknowledged_by UUID REFERENCES profiles (id) ON DELETE SET NULL,
  resolved_at TIMESTAMPTZ,
  resolved_by UUID REFERENCES profiles (id) ON DELETE SET NULL,
  UNIQUE (company_id, number)
);
-- One open alert for one thing: a monitor that runs again refreshes it.
CREATE UNIQUE INDEX idx_alerts_open ON alerts (company_id, category, product_id, location_id)
  NULLS NOT DISTINCT WHERE status <> 'resolved';

-- An effect that waits for a yes: bound by a hash to exactly what was shown.
CREATE TABLE proposals (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  conversation_id UUID NOT NULL,
  proposed_by UUID REFERENCES profiles (id) ON DELETE SET NULL,
  kind TEXT NOT NULL,
  content JSONB NOT NULL,                          -- who, what, how much, supplier, cost
  content_hash BYTEA NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'confirmed', 'cancelled', 'expired')),
  decided_by UUID REFERENCES profiles (id) ON DELETE SET NULL,
  decided_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_proposals_open ON proposals (company_id, created_at) WHERE status = 'open';

CREATE TABLE report_files (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  execution_id UUID NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,                -- the link's token itself is stored nowhere
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  content BYTEA NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
