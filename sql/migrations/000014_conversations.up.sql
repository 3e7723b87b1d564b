-- One row for each inbound message.
CREATE TABLE whatsapp_conversations (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  phone_number TEXT,                               -- NULL for a sender who has no number
  user_id UUID REFERENCES profiles (id) ON DELETE SET NULL,
  message_sid TEXT UNIQUE,                         -- Twilio's idempotency key: one row, for ever
  message_body TEXT,
  intent_type TEXT,
  intent_confidence NUMERIC,
  entities JSONB,
  execution_id UUID,                               -- names the processing; a row of agent_execution_queue when an agent runs
  response_sent BOOLEAN DEFAULT false,
  created_at TIMESTAMPTZ DEFAULT NOW(),
  company_id UUID,                                 -- NULL: nobody we know
  contact_id UUID NOT NULL,
  seq BIGINT GENERATED ALWAYS AS IDENTITY,         -- order of arrival; replies leave in this order
  kind TEXT NOT NULL DEFAULT 'text',
  raw_body BYTEA,                                  -- as received, when cleaning changed it
  details JSONB,                                   -- other form fields: media, button, quoted message
  trace JSONB,                                     -- how it was understood
  -- open: an answer is owed. answered: the last part was accepted by Twilio.
  -- failed: it ended in a recorded failure. refused: rate limit, opt-out,
  -- unknown sender: nothing was executed.
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'failed', 'refused')),
  failure TEXT,
  closed_at TIMESTAMPTZ
) WITH (fillfactor = 80);
CREATE INDEX idx_conversations_phone ON whatsapp_conversations (phone_number);
CREATE INDEX idx_conversations_user ON whatsapp_conversations (user_id);
-- A person's messages in order: history, and "is an earlier one unanswered?".
CREATE INDEX idx_conversations_contact ON whatsapp_conversations (contact_id, seq);

-- SIDs whose conversation row is gone. Whatever deletes the row leaves this, so
-- that a replayed webhook stays a duplicate after retention and erasure.
CREATE TABLE message_tombstones (
  message_sid TEXT PRIMARY KEY,
  deleted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE FUNCTION bury_message_sids() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO message_tombstones (message_sid)
  SELECT message_sid FROM gone WHERE message_sid IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER bury_message_sids AFTER DELETE ON whatsapp_conversations
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION bury_message_sids();

-- Twilio-approved templates, for what is sent outside the 24-hour window.
CREATE TABLE whatsapp_templates (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  template_name TEXT UNIQUE NOT NULL,
  template_sid TEXT,                               -- Twilio's ContentSid
  persona TEXT,
  intent_type TEXT,
  template_body TEXT,
  variables JSONB,
  created_at TIMESTAMPTZ DEFAULT NOW()
);

-- The send ledger: one row for each WhatsApp message that leaves.
CREATE TABLE reply_parts (
  id UUID PRIMARY KEY,                             -- travels in the status callback's URL
  conversation_id UUID,                            -- the message it answers; NULL for what nobody asked for
  contact_id UUID NOT NULL,
  purpose TEXT NOT NULL DEFAULT 'reply' CHECK (purpose IN ('reply', 'acknowledgement', 'notice', 'notification')),
  part SMALLINT NOT NULL DEFAULT 1,                -- 1, 2, 3 within its reply
  parts SMALLINT NOT NULL DEFAULT 1,
  body TEXT NOT NULL,
  -- planned -> sending -> accepted -> sent -> delivered -> read
  --                 \-> uncertain -> accepted | planned     \-> undelivered
  --                 \-> failed (also planned -> failed, past the deadline)
  -- A status only ever moves to a higher rank; see queries/reply_parts.sql.
  status TEXT NOT NULL DEFAULT 'planned' CHECK (status IN
    ('planned', 'sending', 'uncertain', 'accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')),
  attempt INTEGER NOT NULL DEFAULT 0,              -- fences the outcome, as in agent_execution_queue
  twilio_sid TEXT UNIQUE,
  error_code INTEGER,                              -- Twilio's
  error TEXT,
  deadline TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  sending_at TIMESTAMPTZ,                          -- when the newest attempt began
  accepted_at TIMESTAMPTZ,
  finished_at TIMESTAMPTZ                          -- delivered, read, failed or undelivered
) WITH (fillfactor = 80);
CREATE INDEX idx_reply_parts_conversation ON reply_parts (conversation_id);

-- How far a part has come. Twilio's callbacks arrive in any order, more than
-- once, and before our own 201: a status replaces only one of a lower rank.
CREATE FUNCTION reply_rank(status TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE status
    WHEN 'planned' THEN 0
    WHEN 'sending' THEN 1
    WHEN 'uncertain' THEN 1
    WHEN 'accepted' THEN 2
    WHEN 'sent' THEN 3
    WHEN 'failed' THEN 4        -- final, unless it was in fact delivered
    WHEN 'undelivered' THEN 4
    WHEN 'delivered' THEN 5
    WHEN 'read' THEN 6
  END
$$;
