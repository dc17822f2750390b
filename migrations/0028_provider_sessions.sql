ALTER TABLE "api_keys" ADD COLUMN "provider_session" "bytea";
--> statement-breakpoint
-- Sessions come and go with the days; that one began and ended the log goes on to say.
CREATE OR REPLACE FUNCTION keep_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'api_keys' THEN
		IF OLD.session_from IS NOT NULL AND least(OLD.revoked_at, OLD.expires_at) < now() - interval '29 days' THEN
			RETURN OLD;
		END IF;
	END IF;
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
-- A function that is replaced loses its settings.
DO $$
BEGIN
	EXECUTE format('ALTER FUNCTION keep_logged() SET search_path = %I, pg_temp', current_schema());
END
$$;
