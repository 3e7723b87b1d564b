-- name: InsertReplyParts :exec
INSERT INTO reply_parts (id, conversation_id, contact_id, purpose, part, parts, body, deadline, created_at)
SELECT id, NULLIF(conversation_id, '00000000-0000-0000-0000-000000000000'), contact_id, purpose, part, parts, body, deadline, created_at
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@conversation_ids::uuid[]) AS conversation_id,
             unnest(@contact_ids::uuid[]) AS contact_id,
             unnest(@purposes::text[]) AS purpose,
             unnest(@part::int[]) AS part,
             unnest(@parts::int[]) AS parts,
             unnest(@bodies::text[]) AS body,
             unnest(@deadlines::timestamptz[]) AS deadline,
             unnest(@created_at::timestamptz[]) AS created_at) n;

-- name: ClaimReplyParts :many
-- Takes planned parts for sending and returns every part asked about, claimed
-- or not, so that a rerun of the job learns what became of it. The claim is
-- committed before the request to Twilio is written: whoever finds a part in
-- 'sending' knows that it may have left.
--
-- blocked holds a reply back while an earlier message of the same person,
-- younger than three seconds, is unanswered: replies leave in the order of the
-- messages, but a slow one lets the others pass. Only the last ten messages
-- are looked at, so that a long history costs nothing.
--
-- An acknowledgement must not come after the answer: it is superseded once an
-- answer is planned, and an answer waits while one is on its way.
--
-- A part in 'uncertain' is claimed again only by a caller that has looked it up
-- at Twilio and names the attempt it looked up.
WITH asked AS (
  SELECT r.id, r.status, r.attempt, n.resend_attempt,
         (r.purpose = 'acknowledgement' AND EXISTS (
           SELECT 1 FROM reply_parts answer
           WHERE answer.conversation_id = r.conversation_id AND answer.purpose = 'reply'
         ))::boolean AS superseded,
         (r.conversation_id IS NOT NULL AND r.purpose = 'reply' AND (EXISTS (
           SELECT 1 FROM (
             SELECT e.state, e.created_at
             FROM whatsapp_conversations v
             JOIN whatsapp_conversations e ON e.contact_id = v.contact_id AND e.seq < v.seq
             WHERE v.id = r.conversation_id
             ORDER BY e.seq DESC LIMIT 10
           ) earlier
           WHERE earlier.state = 'open' AND earlier.created_at > clock_timestamp() - interval '3 seconds'
         ) OR EXISTS (
           SELECT 1 FROM reply_parts ack
           WHERE ack.conversation_id = r.conversation_id AND ack.purpose = 'acknowledgement'
             AND ack.status = 'sending' AND ack.sending_at > clock_timestamp() - interval '10 seconds'
         )))::boolean AS blocked
  FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@resend_attempts::int[]) AS resend_attempt) n
  JOIN reply_parts r ON r.id = n.id
), claimed AS (
  UPDATE reply_parts r
  SET status = 'sending', attempt = r.attempt + 1, sending_at = clock_timestamp()
  FROM asked a
  WHERE r.id = a.id AND r.id = ANY(@ids::uuid[]) AND NOT a.blocked AND NOT a.superseded AND r.deadline > clock_timestamp()
    AND (r.status = 'planned' OR (r.status IN ('sending', 'uncertain') AND r.attempt = a.resend_attempt))
  RETURNING r.id, r.attempt
)
SELECT r.id, r.conversation_id, r.contact_id, r.purpose, r.part, r.parts, r.body, r.sending_at,
       COALESCE(v.created_at, r.created_at)::timestamptz AS asked_at,
       COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - r.sending_at) * 1000, 0)::bigint AS sending_ms,
       a.status, COALESCE(claimed.attempt, r.attempt)::int AS attempt, (claimed.id IS NOT NULL)::boolean AS claimed, a.blocked,
       a.superseded,
       (r.deadline <= clock_timestamp())::boolean AS overdue,
       c.reply_to
FROM asked a
JOIN reply_parts r ON r.id = a.id
JOIN contacts c ON c.id = r.contact_id
LEFT JOIN whatsapp_conversations v ON v.id = r.conversation_id
LEFT JOIN claimed ON claimed.id = a.id;

-- name: FinishReplyParts :many
-- The outcome of an attempt. A status callback may have been quicker than our
-- own 201: then its status stays and only what is missing is added.
UPDATE reply_parts r
SET status = CASE WHEN reply_rank(r.status) <= 1 THEN n.status ELSE r.status END,
    twilio_sid = COALESCE(r.twilio_sid, NULLIF(n.twilio_sid, '')),
    error_code = CASE WHEN reply_rank(r.status) <= 1 THEN NULLIF(n.error_code, 0) ELSE r.error_code END,
    error = CASE WHEN reply_rank(r.status) <= 1 THEN NULLIF(n.error, '') ELSE r.error END,
    accepted_at = CASE WHEN n.status = 'accepted' THEN COALESCE(r.accepted_at, clock_timestamp()) ELSE r.accepted_at END,
    finished_at = CASE WHEN n.status = 'failed' THEN clock_timestamp() ELSE r.finished_at END
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@attempts::int[]) AS attempt,
             unnest(@statuses::text[]) AS status,
             unnest(@twilio_sids::text[]) AS twilio_sid,
             unnest(@error_codes::int[]) AS error_code,
             unnest(@errors::text[]) AS error) n
WHERE r.id = n.id AND r.id = ANY(@ids::uuid[])
  -- Being accepted is a fact whoever reports it; anything else only the newest
  -- attempt may say, and only while Twilio has not said more.
  AND (n.status = 'accepted' OR (r.attempt = n.attempt AND reply_rank(r.status) <= 1))
RETURNING r.id, r.status;

-- name: KnownTwilioSIDs :many
-- Which of these messages at Twilio already belong to a part.
SELECT twilio_sid::text FROM reply_parts WHERE twilio_sid = ANY(@sids::text[]);

-- name: ApplyStatuses :many
-- Status callbacks, by our own id from the callback's URL: it is known even
-- when the callback outruns the answer that would have told us Twilio's SID.
-- Ranks only rise, so order and repetition do not matter. One row for each
-- part: the caller keeps the highest rank of a batch, and sorts by id, as the
-- writers of outcomes do, so that the two cannot deadlock.
UPDATE reply_parts r
SET status = n.status,
    twilio_sid = COALESCE(r.twilio_sid, n.twilio_sid),
    accepted_at = COALESCE(r.accepted_at, clock_timestamp()),
    error_code = COALESCE(NULLIF(n.error_code, 0), r.error_code),
    finished_at = CASE WHEN reply_rank(n.status) >= 4 THEN clock_timestamp() ELSE r.finished_at END
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@twilio_sids::text[]) AS twilio_sid,
             unnest(@statuses::text[]) AS status,
             unnest(@error_codes::int[]) AS error_code) n
WHERE r.id = n.id AND r.id = ANY(@ids::uuid[])
  AND (r.twilio_sid IS NULL OR r.twilio_sid = n.twilio_sid)
  AND reply_rank(r.status) < reply_rank(n.status)
RETURNING r.id, r.conversation_id, r.purpose, r.status, r.error_code;

-- name: SupersedeAcknowledgements :exec
-- Before an answer is planned: an acknowledgement that has not left must not
-- leave any more. Its row lock orders this against the acknowledgement's claim.
UPDATE reply_parts SET status = 'failed', error = 'the answer was quicker', finished_at = clock_timestamp()
WHERE conversation_id = ANY(@conversation_ids::uuid[]) AND purpose = 'acknowledgement' AND status = 'planned';

-- name: OneAcknowledger :one
-- Many processes look for slow runs; one at a time acts on what it finds.
SELECT pg_try_advisory_xact_lock(hashtext('ferry.acknowledge'))::boolean AS ours;

-- name: SlowConversations :many
-- Messages whose agent has not finished after a while and whose sender has
-- heard nothing yet. Few rows are pending or processing at any time, and
-- idx_queue_status_priority finds them.
SELECT e.conversation_id::uuid AS conversation_id, v.contact_id, p.persona, clock_timestamp()::timestamptz AS now
FROM agent_execution_queue e
JOIN whatsapp_conversations v ON v.id = e.conversation_id
LEFT JOIN profiles p ON p.id = v.user_id
WHERE e.status IN ('pending', 'processing')
  AND e.created_at < now() - make_interval(secs => @wait_seconds::float8)
  -- Who has waited this long was told, or will be told of the failure.
  AND e.created_at > now() - interval '1 minute'
  AND NOT EXISTS (SELECT 1 FROM reply_parts r WHERE r.conversation_id = e.conversation_id)
LIMIT 500;
