-- name: KnownMessages :many
-- Which of these SIDs were taken in before, and what became of them. Read
-- after the contacts are locked: a copy that another process is storing has
-- been committed by then.
SELECT message_sid::text AS message_sid, id, execution_id::uuid AS execution_id
FROM whatsapp_conversations WHERE message_sid = ANY(@sids::text[])
UNION ALL
SELECT message_sid, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid
FROM message_tombstones WHERE message_sid = ANY(@sids::text[]);

-- name: InsertConversations :execrows
-- In the order given, which is the order of arrival: seq follows it. DO
-- NOTHING never hides a duplicate here (KnownMessages found those): it turns
-- the impossible second writer of a SID into a count that the inbox checks.
INSERT INTO whatsapp_conversations
  (id, phone_number, user_id, message_sid, message_body, intent_type, intent_confidence, entities, execution_id,
   created_at, company_id, contact_id, kind, raw_body, details, trace, state, failure, closed_at)
SELECT id, NULLIF(phone_number, ''), NULLIF(user_id, '00000000-0000-0000-0000-000000000000'), message_sid, message_body,
       NULLIF(intent_type, ''), intent_confidence, entities, execution_id,
       created_at, NULLIF(company_id, '00000000-0000-0000-0000-000000000000'), contact_id, kind, raw_body, details, trace,
       state, NULLIF(failure, ''), CASE WHEN state = 'open' THEN NULL ELSE created_at END
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@phone_numbers::text[]) AS phone_number,
             unnest(@user_ids::uuid[]) AS user_id,
             unnest(@message_sids::text[]) AS message_sid,
             unnest(@message_bodies::text[]) AS message_body,
             unnest(@intent_types::text[]) AS intent_type,
             unnest(@intent_confidences::float8[]) AS intent_confidence,
             unnest(@entities::jsonb[]) AS entities,
             unnest(@execution_ids::uuid[]) AS execution_id,
             unnest(@created_at::timestamptz[]) AS created_at,
             unnest(@company_ids::uuid[]) AS company_id,
             unnest(@contact_ids::uuid[]) AS contact_id,
             unnest(@kinds::text[]) AS kind,
             unnest(@raw_bodies::bytea[]) AS raw_body,
             unnest(@details::jsonb[]) AS details,
             unnest(@traces::jsonb[]) AS trace,
             unnest(@states::text[]) AS state,
             unnest(@failures::text[]) AS failure) n
ON CONFLICT (message_sid) DO NOTHING;

-- name: AnswerConversations :exec
-- The last part of the reply was accepted by Twilio.
UPDATE whatsapp_conversations
SET response_sent = true, state = 'answered', closed_at = clock_timestamp()
WHERE id = ANY(@ids::uuid[]) AND state = 'open';

-- name: FailConversations :exec
-- A recorded terminal failure: nothing more will be sent for this message.
UPDATE whatsapp_conversations v
SET state = 'failed', failure = n.failure, closed_at = clock_timestamp()
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@failures::text[]) AS failure) n
WHERE v.id = n.id AND v.id = ANY(@ids::uuid[]) AND v.state IN ('open', 'answered');

-- name: FailPlannedParts :exec
-- A part of the reply has failed for good: the later ones will not go either.
UPDATE reply_parts SET status = 'failed', error = 'an earlier part failed', finished_at = clock_timestamp()
WHERE conversation_id = ANY(@conversation_ids::uuid[]) AND purpose = 'reply' AND status = 'planned';

-- name: InsertUnstorable :exec
-- What is left of a message that Postgres would not take as it is: that it
-- came, from whom, and its bytes.
INSERT INTO whatsapp_conversations (id, phone_number, message_sid, execution_id, contact_id, raw_body, state, failure, closed_at)
SELECT @id, c.phone_number, @message_sid::text, @execution_id::uuid, c.id, @raw_body::bytea, 'refused', 'could not be stored', now()
FROM contacts c WHERE c.address = @address::text
ON CONFLICT (message_sid) DO NOTHING;

-- name: OverdueConversations :many
-- Messages that are still owed an answer past every deadline. Ids are UUIDv7,
-- so a span of ids is a span of time, found by the primary key; what counts is
-- the database's clock.
SELECT id FROM whatsapp_conversations
WHERE id >= @from_id AND id < @until_id AND state = 'open' AND created_at < now() - interval '31 minutes'
ORDER BY id LIMIT 1000;
