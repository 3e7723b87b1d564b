-- name: LockContacts :many
-- The contacts of a batch, with the person and company behind each, locked so
-- that no other process interprets a message of theirs at the same time.
-- SKIP LOCKED: a contact held elsewhere must not make the others in the batch
-- wait; its messages are carried to the next batch. Ordered by id, so that two
-- batches cannot deadlock.
--
-- The ids are found first: with the condition on contacts itself Postgres
-- walks the whole primary key for the sake of the order.
WITH wanted AS MATERIALIZED (
  SELECT id FROM contacts WHERE address = ANY(@addresses::text[])
  UNION
  SELECT id FROM contacts WHERE wa_user_id = ANY(@user_ids::text[])
)
SELECT c.id, c.address, c.reply_to, c.phone_number, c.wa_user_id, c.recent_inbound, c.noticed_at,
       p.id AS profile_id, p.company_id, p.role, p.persona, p.timezone, p.language,
       co.timezone AS company_timezone, co.week_starts_on, co.catalogue_version,
       clock_timestamp()::timestamptz AS locked_at
FROM wanted w
JOIN contacts c ON c.id = w.id
LEFT JOIN profiles p ON p.phone_number = c.phone_number
LEFT JOIN companies co ON co.id = p.company_id
ORDER BY c.id
FOR UPDATE OF c SKIP LOCKED;

-- name: AddContacts :many
-- NOT EXISTS: a contact that is merely locked elsewhere must not be inserted,
-- for ON CONFLICT waits for an uncommitted writer of the row. DO NOTHING:
-- another process may have met the same person this very moment. What is not
-- returned is tried again in the next batch. In order, against deadlocks.
INSERT INTO contacts (id, address, reply_to, phone_number, profile_name)
SELECT id, address, address, NULLIF(phone_number, ''), profile_name
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@addresses::text[]) AS address,
             unnest(@phone_numbers::text[]) AS phone_number,
             unnest(@profile_names::text[]) AS profile_name) n
WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.address = n.address)
ORDER BY address
ON CONFLICT DO NOTHING
RETURNING address;

-- name: ReleaseUserIDs :exec
-- A user id has come with another contact's message: its former holder lets go.
UPDATE contacts SET wa_user_id = NULL
WHERE wa_user_id = ANY(@wa_user_ids::text[]);

-- name: TouchContacts :exec
-- One row each, all locked by LockContacts. AND id = ANY keeps the plan on the
-- primary key when the table was never analysed.
UPDATE contacts c
SET last_inbound_at = n.last_inbound_at,
    recent_inbound = n.recent_inbound::timestamptz[],
    noticed_at = NULLIF(n.noticed_at, 'epoch'),
    reply_to = n.reply_to,
    wa_user_id = COALESCE(NULLIF(n.wa_user_id, ''), c.wa_user_id),
    profile_name = COALESCE(NULLIF(n.profile_name, ''), c.profile_name)
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@last_inbound_at::timestamptz[]) AS last_inbound_at,
             unnest(@recent_inbound::text[]) AS recent_inbound,
             unnest(@noticed_at::timestamptz[]) AS noticed_at,
             unnest(@replies_to::text[]) AS reply_to,
             unnest(@wa_user_ids::text[]) AS wa_user_id,
             unnest(@profile_names::text[]) AS profile_name) n
WHERE c.id = n.id AND c.id = ANY(@ids::uuid[]);

-- name: OptOutContacts :exec
-- Twilio refused with 21610: the person sent STOP to Twilio itself.
UPDATE contacts SET opted_out_at = COALESCE(opted_out_at, now()) WHERE id = ANY(@ids::uuid[]);
