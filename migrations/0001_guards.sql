INSERT INTO "roles" ("name") VALUES ('ADMIN'), ('AGENT'), ('EMPLOYEE');
--> statement-breakpoint
INSERT INTO "status_transitions" ("from_status", "to_status") VALUES
	('NEW', 'IN_PROGRESS'),
	('NEW', 'CANCELED'),
	('IN_PROGRESS', 'DONE'),
	('IN_PROGRESS', 'CANCELED');
--> statement-breakpoint
INSERT INTO "categories" ("slug", "name", "description", "created_at")
	VALUES ('general', 'General', 'Whatever fits nowhere else.', now());
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_logs_append_only" BEFORE UPDATE OR DELETE ON "audit_logs"
	FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "audit_logs_no_truncate" BEFORE TRUNCATE ON "audit_logs"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_append_only";
--> statement-breakpoint
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_no_truncate";
--> statement-breakpoint
CREATE FUNCTION check_status_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (
		SELECT 1 FROM status_transitions WHERE from_status = OLD.status AND to_status = NEW.status
	) THEN
		RAISE EXCEPTION 'status cannot change from % to %', OLD.status, NEW.status
			USING ERRCODE = 'check_violation', CONSTRAINT = 'requests_status_transition';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "requests_status_transition" BEFORE UPDATE OF "status" ON "requests"
	FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
	EXECUTE FUNCTION check_status_transition();
