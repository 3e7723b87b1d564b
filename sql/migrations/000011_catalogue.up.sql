CREATE TABLE suppliers (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  lead_time_days INTEGER CHECK (lead_time_days >= 0),
  min_order INTEGER CHECK (min_order >= 0),        -- units
  notes TEXT NOT NULL DEFAULT '',
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (company_id, name)
);

CREATE TABLE products (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  sku TEXT NOT NULL CHECK (sku <> ''),
  name TEXT NOT NULL CHECK (name <> ''),
  aliases TEXT[] NOT NULL DEFAULT '{}',
  category TEXT NOT NULL DEFAULT '',
  unit TEXT NOT NULL DEFAULT '',                   -- '' means units
  unit_cost NUMERIC(14, 4) CHECK (unit_cost >= 0),
  unit_price NUMERIC(14, 4) CHECK (unit_price >= 0),
  supplier_id UUID REFERENCES suppliers (id) ON DELETE SET NULL,
  lead_time_days INTEGER CHECK (lead_time_days >= 0), -- NULL: the supplier's
  reorder_point INTEGER CHECK (reorder_point >= 0),   -- NULL: computed from usage, lead time, safety stock
  safety_stock INTEGER CHECK (safety_stock >= 0),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (company_id, sku)
);
CREATE INDEX idx_products_supplier ON products (supplier_id);

CREATE TABLE locations (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  UNIQUE (company_id, name)
);

CREATE TABLE stock (
  product_id UUID NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  location_id UUID NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  quantity INTEGER NOT NULL,                       -- may go below zero only when a person was told so
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (product_id, location_id)
) WITH (fillfactor = 80);
CREATE INDEX idx_stock_company ON stock (company_id);

-- Every change of a quantity by a person or an agent: who, when, why. An
-- import replaces quantities wholesale and is told in audit_log instead.
CREATE TABLE stock_movements (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  product_id UUID NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  location_id UUID NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
  delta INTEGER NOT NULL,
  quantity_after INTEGER NOT NULL,
  reason TEXT NOT NULL,
  actor_id UUID REFERENCES profiles (id) ON DELETE SET NULL,
  conversation_id UUID,                            -- the message that asked for it
  -- An effect happens once even if its job runs twice.
  idempotency_key TEXT NOT NULL UNIQUE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_stock_movements_product ON stock_movements (product_id, created_at);
