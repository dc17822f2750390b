-- In the order in which writers lock them. All waits together must be shorter than the second that calls wait at most.
LOCK TABLE "api_keys" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
SET LOCAL lock_timeout = '150ms';--> statement-breakpoint
LOCK TABLE "users" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
LOCK TABLE "requests" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
LOCK TABLE "audit_logs" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
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
--> statement-breakpoint
-- What the log's foreign keys refused.
CREATE FUNCTION keep_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF (CASE TG_TABLE_NAME
		WHEN 'users' THEN EXISTS (SELECT 1 FROM audit_logs WHERE actor_id = OLD.id)
		WHEN 'api_keys' THEN EXISTS (SELECT 1 FROM audit_logs WHERE api_key_id = OLD.id)
		ELSE EXISTS (SELECT 1 FROM audit_logs WHERE service_request_id = OLD.id)
	END) THEN
		RAISE EXCEPTION 'the audit log has entries about this row of %', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
	END IF;
	RETURN OLD;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "api_keys_logged" BEFORE DELETE ON "api_keys" FOR EACH ROW EXECUTE FUNCTION keep_logged();
--> statement-breakpoint
CREATE TRIGGER "users_logged" BEFORE DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION keep_logged();
--> statement-breakpoint
CREATE TRIGGER "requests_logged" BEFORE DELETE ON "requests" FOR EACH ROW EXECUTE FUNCTION keep_logged();
--> statement-breakpoint
CREATE TRIGGER "api_keys_no_truncate" BEFORE TRUNCATE ON "api_keys"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "users_no_truncate" BEFORE TRUNCATE ON "users"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "requests_no_truncate" BEFORE TRUNCATE ON "requests"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
