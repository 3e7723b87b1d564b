DROP FUNCTION reply_rank(TEXT);
DROP TABLE reply_parts;
DROP TABLE whatsapp_templates;
DROP TABLE whatsapp_conversations;
DROP FUNCTION bury_message_sids();
DROP TABLE message_tombstones;
