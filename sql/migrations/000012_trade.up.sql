CREATE TABLE purchase_orders (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  number TEXT NOT NULL CHECK (number <> ''),
  supplier_id UUID NOT NULL REFERENCES suppliers (id),
  status TEXT NOT NULL DEFAULT 'ordered'
    CHECK (status IN ('draft', 'ordered', 'partly_received', 'received', 'cancelled')),
  ordered_on DATE NOT NULL,
  expected_on DATE,
  received_on DATE,                                -- when the last line was complete
  created_by UUID REFERENCES profiles (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (company_id, number)
);
CREATE INDEX idx_purchase_orders_supplier ON purchase_orders (supplier_id, ordered_on);

CREATE TABLE purchase_order_lines (
  purchase_order_id UUID NOT NULL REFERENCES purchase_orders (id) ON DELETE CASCADE,
  product_id UUID NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_cost NUMERIC(14, 4) CHECK (unit_cost >= 0),
  received_on DATE,
  received_quantity INTEGER NOT NULL DEFAULT 0 CHECK (received_quantity >= 0),
  PRIMARY KEY (purchase_order_id, product_id)
);
-- "when did we last reorder this?"
CREATE INDEX idx_purchase_order_lines_product ON purchase_order_lines (product_id);

-- One row a day, place and price. An import of the same day and place replaces
-- its figure, so that a rerun never counts a sale twice.
--
-- company_id and location_id have no foreign key: the product implies the
-- company, rows go with their product, and each key costs an import of a
-- million sales several seconds.
CREATE TABLE sales (
  company_id UUID NOT NULL,
  product_id UUID NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  location_id UUID NOT NULL,
  sold_on DATE NOT NULL,
  quantity INTEGER NOT NULL,                       -- below zero: a return
  unit_price NUMERIC(14, 4) NOT NULL CHECK (unit_price >= 0),
  -- Led by product and day: usage of one product over the last 90 days is one
  -- short range of this index.
  PRIMARY KEY (product_id, sold_on, location_id, unit_price)
);
CREATE INDEX idx_sales_company_day ON sales (company_id, sold_on);
