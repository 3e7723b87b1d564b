-- name: AlertsFreshness :one
-- How long ago the alerts of a company were brought up to date: seconds, below
-- zero when they never were. updated_at of the alert generator's row is that
-- moment; a row that was never updated has updated_at = created_at. A clock
-- that was set back reads as never. A stopped agent raises nothing.
SELECT (status = 'stopped')::boolean AS stopped,
       (CASE WHEN updated_at = created_at THEN -1
             ELSE date_part('epoch', clock_timestamp() - updated_at) END)::float8 AS age
FROM agents WHERE company_id = $1 AND type = 'alert_generator';

-- name: LockAlerts :exec
-- One refresh of a company's alerts at a time, on any number of processes:
-- their numbers are the highest one and the next. The key is a hash of the
-- company, so that two companies wait for each other once in 2^64.
SELECT pg_advisory_xact_lock(hashtextextended('alerts of ' || @company::text, 0));

-- name: TryLockAlerts :one
SELECT pg_try_advisory_xact_lock(hashtextextended('alerts of ' || @company::text, 0));

-- name: ClaimAlertsRefresh :execrows
-- Says whether a refresh is still due, now that the lock is held, and takes it.
-- clock_timestamp, not now: the transaction began before it waited.
INSERT INTO agents AS a (company_id, type, updated_at) VALUES (@company_id, 'alert_generator', clock_timestamp())
ON CONFLICT (company_id, type) DO UPDATE SET updated_at = clock_timestamp()
WHERE a.status = 'active'
  AND (a.updated_at = a.created_at
       OR a.updated_at NOT BETWEEN clock_timestamp() - make_interval(secs => @fresh_seconds::float8) AND clock_timestamp());

-- name: ForgoCompiling :exec
-- For the rest of a transaction that reads much of a company: compiling such
-- statements (jit) takes longer than it saves.
SELECT set_config('jit', 'off', true);

-- name: ForgoScans :exec
-- For the rest of a transaction that sums the sales of many products one by
-- one: a plan from the time before an import must not scan all sales for each.
SELECT set_config('enable_seqscan', 'off', true);
