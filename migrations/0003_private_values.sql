-- What entries say in plain moves beside them, and a salted commitment takes its place: SHA-256 of the JSON
-- [salt, pointer, value].
CREATE TEMPORARY TABLE "moved_value" ON COMMIT DROP AS
SELECT p.id, p.pointer, p.value, s.salt,
	encode(sha256(convert_to(
		'[' || to_json(s.salt)::text || ',' || to_json(p.pointer)::text || ',' || to_json(p.value)::text || ']', 'UTF8'
	)), 'hex') AS commitment
FROM (
	SELECT id, '/reason' AS pointer, reason AS value FROM audit_logs
	UNION ALL SELECT id, '/clientAddress', client_address FROM audit_logs
	UNION ALL SELECT id, '/userAgent', user_agent FROM audit_logs
	UNION ALL SELECT a.id, '/changes/' || c.field || '/' || side.name, c.change ->> side.name
		FROM audit_logs a, jsonb_each(a.changes) AS c (field, change), (VALUES ('from'), ('to')) AS side (name)
		WHERE c.field IN ('title', 'description', 'body', 'email', 'fullName', 'name')
) AS p
CROSS JOIN LATERAL (SELECT encode(uuid_send(gen_random_uuid()), 'hex') AS salt WHERE p.pointer IS NOT NULL) AS s
WHERE p.value IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "moved_value_idx" ON "moved_value" ("id", "pointer");
--> statement-breakpoint
INSERT INTO "audit_private_values" ("entry_id", "values")
SELECT id, jsonb_object_agg(pointer, jsonb_build_array(salt, value)) FROM moved_value GROUP BY id;
--> statement-breakpoint
ALTER TABLE "audit_logs" DISABLE TRIGGER "audit_logs_append_only";
--> statement-breakpoint
UPDATE "audit_logs" AS a SET
	reason_commitment = (SELECT commitment FROM moved_value m WHERE m.id = a.id AND m.pointer = '/reason'),
	client_address_commitment =
		(SELECT commitment FROM moved_value m WHERE m.id = a.id AND m.pointer = '/clientAddress'),
	user_agent_commitment = (SELECT commitment FROM moved_value m WHERE m.id = a.id AND m.pointer = '/userAgent'),
	changes = coalesce((
		SELECT jsonb_object_agg(c.field, CASE
			WHEN c.field NOT IN ('title', 'description', 'body', 'email', 'fullName', 'name') THEN c.change
			ELSE jsonb_build_object(
				'from', (SELECT jsonb_build_object('commitment', commitment) FROM moved_value m
					WHERE m.id = a.id AND m.pointer = '/changes/' || c.field || '/from'),
				'to', (SELECT jsonb_build_object('commitment', commitment) FROM moved_value m
					WHERE m.id = a.id AND m.pointer = '/changes/' || c.field || '/to')
			)
		END)
		FROM jsonb_each(a.changes) AS c (field, change)
	), '{}');
--> statement-breakpoint
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_append_only";
--> statement-breakpoint
CREATE TRIGGER "audit_seals_append_only" BEFORE UPDATE OR DELETE ON "audit_seals"
	FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "audit_seals_no_truncate" BEFORE TRUNCATE ON "audit_seals"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE "audit_seals" ENABLE ALWAYS TRIGGER "audit_seals_append_only";
--> statement-breakpoint
ALTER TABLE "audit_seals" ENABLE ALWAYS TRIGGER "audit_seals_no_truncate";
--> statement-breakpoint
INSERT INTO "audit_head" ("position", "hash", "xid", "seq", "restored_to")
	VALUES (0, decode(repeat('00', 32), 'hex'), '0', 0, 0);
--> statement-breakpoint
CREATE TRIGGER "audit_head_stays" BEFORE DELETE ON "audit_head"
	FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "audit_head_no_truncate" BEFORE TRUNCATE ON "audit_head"
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER "audit_head_moves_on" BEFORE UPDATE ON "audit_head"
	FOR EACH ROW WHEN (NEW."position" < OLD."position") EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE "audit_head" ENABLE ALWAYS TRIGGER "audit_head_stays";
--> statement-breakpoint
ALTER TABLE "audit_head" ENABLE ALWAYS TRIGGER "audit_head_no_truncate";
--> statement-breakpoint
ALTER TABLE "audit_head" ENABLE ALWAYS TRIGGER "audit_head_moves_on";
