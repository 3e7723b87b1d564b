DROP TABLE audit_log;
DROP TABLE worker_processes;
