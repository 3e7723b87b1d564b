DROP TABLE report_files;
DROP TABLE proposals;
DROP TABLE alerts;
DROP TABLE agent_execution_queue;
DROP TABLE agents;
