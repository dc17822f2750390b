-- Older builds that still serve write a comment alone. They lock comments before requests, so this comes first.
CREATE FUNCTION note_comment_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (
		SELECT 1 FROM request_participants
		WHERE user_id = NEW.author_id AND request_id = NEW.request_id AND participated_at = NEW.created_at
	) THEN
		RETURN NULL;
	END IF;
	UPDATE requests SET
		last_comment_at = greatest(last_comment_at, NEW.created_at),
		last_public_comment_at = CASE
			WHEN NEW.visibility = 'PUBLIC' THEN greatest(last_public_comment_at, NEW.created_at)
			ELSE last_public_comment_at END
	WHERE id = NEW.request_id;
	INSERT INTO request_participants AS part (
		user_id, request_id, participated_at, changed_at, changed_internally_at, unread, unread_internally
	)
	SELECT users.id, NEW.request_id, NEW.created_at, CASE WHEN is_told THEN NEW.created_at END,
		CASE WHEN is_told_internally THEN NEW.created_at END, is_told, is_told_internally
	FROM requests
	CROSS JOIN LATERAL (
		SELECT unnest(ARRAY[requests.requester_id, requests.submitter_id, requests.assignee_id, NEW.author_id])
		UNION
		(
			SELECT user_id FROM request_participants
			WHERE request_id = NEW.request_id AND participated_at IS NOT NULL
			ORDER BY participated_at DESC LIMIT 20
		)
	) AS person (id)
	JOIN users ON users.id = person.id AND users.erased_at IS NULL
	CROSS JOIN LATERAL (
		SELECT users.id <> NEW.author_id AND NEW.visibility = 'PUBLIC', users.id <> NEW.author_id AND NEW.visibility = 'INTERNAL'
	) AS told (is_told, is_told_internally)
	WHERE requests.id = NEW.request_id
	ON CONFLICT (user_id, request_id) DO UPDATE SET
		participated_at = CASE
			WHEN part.user_id = NEW.author_id THEN EXCLUDED.participated_at
			ELSE coalesce(part.participated_at, EXCLUDED.participated_at) END,
		changed_at = greatest(part.changed_at, EXCLUDED.changed_at),
		changed_internally_at = greatest(part.changed_internally_at, EXCLUDED.changed_internally_at),
		unread = part.unread OR EXCLUDED.unread,
		unread_internally = part.unread_internally OR EXCLUDED.unread_internally;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "comments_activity_noted" AFTER INSERT ON "comments"
	FOR EACH ROW EXECUTE FUNCTION note_comment_activity();--> statement-breakpoint
CREATE TABLE "backfills" (
	"name" text PRIMARY KEY NOT NULL,
	"place" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_ups" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"follows_up_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "request_participants" (
	"user_id" uuid NOT NULL,
	"request_id" uuid NOT NULL,
	"participated_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone,
	"changed_internally_at" timestamp (3) with time zone,
	"unread" boolean NOT NULL,
	"unread_internally" boolean NOT NULL,
	CONSTRAINT "request_participants_user_id_request_id_pk" PRIMARY KEY("user_id","request_id")
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "last_comment_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "last_public_comment_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_follows_up_id_requests_id_fk" FOREIGN KEY ("follows_up_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "follow_ups_follows_up_id_idx" ON "follow_ups" USING btree ("follows_up_id","request_id");--> statement-breakpoint
CREATE INDEX "request_participants_request_id_idx" ON "request_participants" USING btree ("request_id","participated_at") WHERE participated_at is not null;--> statement-breakpoint
CREATE INDEX "request_participants_unread_idx" ON "request_participants" USING btree ("user_id","request_id") WHERE unread;--> statement-breakpoint
CREATE INDEX "request_participants_any_unread_idx" ON "request_participants" USING btree ("user_id","request_id") WHERE unread or unread_internally;--> statement-breakpoint
INSERT INTO "backfills" ("name", "place") VALUES ('request_participants', '00000000-0000-0000-0000-000000000000');--> statement-breakpoint
CREATE FUNCTION note_request_participants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (
		SELECT 1 FROM request_participants
		WHERE user_id = coalesce(NEW.assignee_id, NEW.requester_id) AND request_id = NEW.id AND participated_at IS NOT NULL
	) THEN
		RETURN NULL;
	END IF;
	INSERT INTO request_participants AS part (
		user_id, request_id, participated_at, changed_at, changed_internally_at, unread, unread_internally
	)
	SELECT users.id, NEW.id, NEW.updated_at, NULL, NULL, false, false
	FROM (SELECT DISTINCT unnest(ARRAY[NEW.requester_id, NEW.submitter_id, NEW.assignee_id])) AS person (id)
	JOIN users ON users.id = person.id AND users.erased_at IS NULL
	ON CONFLICT (user_id, request_id) DO UPDATE
	SET participated_at = coalesce(part.participated_at, EXCLUDED.participated_at);
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "requests_participants_filed" AFTER INSERT ON "requests"
	FOR EACH ROW EXECUTE FUNCTION note_request_participants();--> statement-breakpoint
CREATE TRIGGER "requests_participants_assigned" AFTER UPDATE OF "assignee_id" ON "requests"
	FOR EACH ROW WHEN (NEW.assignee_id IS NOT NULL AND OLD.assignee_id IS DISTINCT FROM NEW.assignee_id)
	EXECUTE FUNCTION note_request_participants();
