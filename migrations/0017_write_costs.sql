-- In the order in which writers lock them.
LOCK TABLE "api_keys", "users", "requests", "audit_logs" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
ALTER TABLE "audit_logs" DROP CONSTRAINT "audit_logs_actor_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "audit_logs" DROP CONSTRAINT "audit_logs_api_key_id_api_keys_id_fk";
--> statement-breakpoint
ALTER TABLE "audit_logs" DROP CONSTRAINT "audit_logs_service_request_id_requests_id_fk";
--> statement-breakpoint
-- Entries wait in a list of at most 64 kB, which searches read too, and are added together.
ALTER INDEX "request_words_words_idx" SET (fastupdate = on, gin_pending_list_limit = 64);
--> statement-breakpoint
-- A build that counts its writes also writes participants and words.
CREATE OR REPLACE TRIGGER "requests_participants_filed" AFTER INSERT ON "requests"
	FOR EACH ROW WHEN (NEW.counted_version IS DISTINCT FROM NEW.version)
	EXECUTE FUNCTION note_request_participants();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "requests_participants_assigned" AFTER UPDATE OF "assignee_id" ON "requests"
	FOR EACH ROW WHEN (
		NEW.assignee_id IS NOT NULL AND OLD.assignee_id IS DISTINCT FROM NEW.assignee_id
		AND (NEW.counted_version IS DISTINCT FROM NEW.version OR NEW.version = OLD.version)
	)
	EXECUTE FUNCTION note_request_participants();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "requests_words_inserted" AFTER INSERT ON "requests"
	FOR EACH ROW WHEN (NEW.counted_version IS DISTINCT FROM NEW.version)
	EXECUTE FUNCTION note_request_words_due();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "requests_words_updated" AFTER UPDATE OF "title", "description" ON "requests"
	FOR EACH ROW WHEN (
		(OLD.title <> NEW.title OR OLD.description <> NEW.description)
		AND (NEW.counted_version IS DISTINCT FROM NEW.version OR NEW.version = OLD.version)
	)
	EXECUTE FUNCTION note_request_words_due();
