-- name: InsertExecutions :exec
INSERT INTO agent_execution_queue (id, agent_id, priority, context, created_at, company_id, conversation_id, deadline)
SELECT unnest(@ids::uuid[]), unnest(@agent_ids::uuid[]), unnest(@priorities::int[]), unnest(@contexts::jsonb[]),
       unnest(@created_at::timestamptz[]), unnest(@company_ids::uuid[]), unnest(@conversation_ids::uuid[]), unnest(@deadlines::timestamptz[]);

-- name: ClaimExecutions :many
-- Marks runs as processing and returns all that a worker needs, in one round
-- trip for many workers. A run that is completed or failed is not returned:
-- its job ran before. A run that is already processing is: its worker died.
-- attempt fences the outcome. The person's role and persona are read here,
-- where the work is done, not where the message came in.
--
-- The conditions on status are written so that no index can serve them: the
-- one on status would walk all that is pending, thousands under a flood, to
-- find the few that are asked for by id.
WITH claimed AS (
  UPDATE agent_execution_queue
  SET status = 'processing', attempt = attempt + 1, started_at = COALESCE(started_at, clock_timestamp())
  WHERE id = ANY(@ids::uuid[]) AND status <> 'completed' AND status <> 'failed'
  RETURNING id, agent_id, attempt, context, company_id, conversation_id, priority, deadline
)
SELECT e.id, e.attempt, e.context, e.company_id, e.conversation_id, e.priority,
       clock_timestamp()::timestamptz AS claimed_at, (e.deadline <= clock_timestamp())::boolean AS overdue,
       COALESCE(a.type, '')::text AS agent_type,
       co.timezone AS company_timezone, co.currency,
       v.contact_id, p.id AS profile_id, p.role, p.persona, p.timezone, p.language
FROM claimed e
LEFT JOIN agents a ON a.id = e.agent_id
LEFT JOIN companies co ON co.id = e.company_id
LEFT JOIN whatsapp_conversations v ON v.id = e.conversation_id
LEFT JOIN profiles p ON p.id = v.user_id AND p.company_id = e.company_id;

-- name: FinishExecutions :many
-- Stores outcomes of the claims that are still the newest, and says which. The
-- reply and its send job are written in the same transaction for those only.
UPDATE agent_execution_queue e
SET status = n.status, result = n.result, error = NULLIF(n.error, ''), completed_at = clock_timestamp()
FROM (SELECT unnest(@ids::uuid[]) AS id,
             unnest(@attempts::int[]) AS attempt,
             unnest(@statuses::text[]) AS status,
             unnest(@results::jsonb[]) AS result,
             unnest(@errors::text[]) AS error) n
WHERE e.id = n.id AND e.id = ANY(@ids::uuid[]) AND e.attempt = n.attempt AND e.status IS NOT DISTINCT FROM 'processing'
RETURNING e.id, e.attempt;

-- name: OverdueExecutions :many
-- Runs that nobody will finish: their job was cancelled or deleted by hand, or
-- could not even record its failure. Found by idx_queue_status_priority.
SELECT e.id FROM agent_execution_queue e
WHERE e.status IN ('pending', 'processing') AND e.deadline < now() - interval '1 minute'
ORDER BY e.deadline LIMIT 1000;
