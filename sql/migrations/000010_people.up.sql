CREATE TABLE companies (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  timezone TEXT NOT NULL DEFAULT 'UTC',            -- IANA
  currency TEXT NOT NULL DEFAULT 'GBP',            -- ISO 4217
  week_starts_on SMALLINT NOT NULL DEFAULT 1 CHECK (week_starts_on BETWEEN 0 AND 6), -- 0 Sunday, 1 Monday
  -- Raised by whatever changes products, aliases, places or suppliers: the
  -- snapshots that processes keep in memory are reloaded when it moves.
  catalogue_version BIGINT NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- People of a company. A person is found by the phone number of the contact
-- that writes; one number belongs to one person of one company.
CREATE TABLE profiles (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
  phone_number TEXT NOT NULL UNIQUE CHECK (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
  name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'operator', 'manager', 'admin')),
  persona TEXT NOT NULL DEFAULT 'default'
    CHECK (persona IN ('default', 'streamliner', 'navigator', 'hub', 'spring', 'processor')),
  timezone TEXT NOT NULL DEFAULT '',               -- '' means the company's
  language TEXT NOT NULL DEFAULT 'en',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_profiles_company ON profiles (company_id);

-- Whoever has ever written, known or not. The row is the person's lock: the
-- inbox takes it for the length of one short transaction, so that two messages
-- of one person are never interpreted at once, on any number of processes.
CREATE TABLE contacts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  address TEXT NOT NULL UNIQUE,                    -- who it is, for ever: whatsapp:+… or whatsapp:CC.…
  reply_to TEXT NOT NULL,                          -- where to answer: the last message's From, verbatim
  phone_number TEXT,                               -- NULL for a sender who has no number
  -- WhatsApp's business-scoped user id, once Twilio names it. A hint that
  -- moves: the contact of the last message that came with it has it.
  wa_user_id TEXT UNIQUE,
  profile_name TEXT NOT NULL DEFAULT '',           -- chosen by the sender: shown, never trusted
  last_inbound_at TIMESTAMPTZ,                     -- opens the 24-hour window
  -- The arrival times that count against the rate limit, oldest first, at most
  -- as many as the limit: a sliding log, exact because the row is locked.
  recent_inbound TIMESTAMPTZ[] NOT NULL DEFAULT '{}',
  noticed_at TIMESTAMPTZ,                          -- last rate-limit notice or refusal: one a window
  opted_out_at TIMESTAMPTZ,
  dialogue JSONB,                                  -- typed and versioned by the dialogue, with its expiry inside
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 70);                          -- one update a message: leave room to stay HOT
