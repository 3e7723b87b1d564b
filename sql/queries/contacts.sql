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
SELECT c.id, c.address, c.phone_number, c.wa_user_id, c.recent_inbound, c.noticed_at, c.opted_out_at,
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
-- DO NOTHING: another process may have met the same person this very moment;
-- what is not returned exists already and is tried again in the next batch.
INSERT INTO contacts (id, address, phone_number, wa_user_id, profile_name)
SELECT id, address, NULLIF(phone_number, ''), NULLIF(wa_user_id, ''), profile_name
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@addresses::text[]) AS address,
             unnest(@phone_numbers::text[]) AS phone_number,
             unnest(@wa_user_ids::text[]) AS wa_user_id,
             unnest(@profile_names::text[]) AS profile_name) n
ON CONFLICT DO NOTHING
RETURNING address;

-- name: TouchContacts :exec
-- One row each, all locked by LockContacts. AND id = ANY keeps the plan on the
-- primary key when the table was never analysed.
UPDATE contacts c
SET last_inbound_at = n.last_inbound_at,
    recent_inbound = n.recent_inbound::timestamptz[],
    noticed_at = NULLIF(n.noticed_at, 'epoch'),
    address = n.address,
    phone_number = COALESCE(NULLIF(n.phone_number, ''), c.phone_number),
    wa_user_id = COALESCE(NULLIF(n.wa_user_id, ''), c.wa_user_id),
    profile_name = COALESCE(NULLIF(n.profile_name, ''), c.profile_name)
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@last_inbound_at::timestamptz[]) AS last_inbound_at,
             unnest(@recent_inbound::text[]) AS recent_inbound,
             unnest(@noticed_at::timestamptz[]) AS noticed_at,
             unnest(@addresses::text[]) AS address,
             unnest(@phone_numbers::text[]) AS phone_number,
             unnest(@wa_user_ids::text[]) AS wa_user_id,
             unnest(@profile_names::text[]) AS profile_name) n
WHERE c.id = n.id AND c.id = ANY(@ids::uuid[]);

-- name: OptOutContacts :exec
-- Twilio refused with 21610: the person sent STOP to Twilio itself.
UPDATE contacts SET opted_out_at = COALESCE(opted_out_at, now()) WHERE id = ANY(@ids::uuid[]);
