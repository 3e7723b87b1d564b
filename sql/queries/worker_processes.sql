-- name: Beat :exec
INSERT INTO worker_processes (id) VALUES ($1)
ON CONFLICT (id) DO UPDATE SET beat = worker_processes.beat + 1, beat_at = now();

-- name: Beats :many
SELECT id, beat FROM worker_processes;

-- name: ForgetProcesses :exec
DELETE FROM worker_processes WHERE id = ANY(@ids::text[]);
