-- A write copies the triggers of its table and parses the condition of each that may fire, every time: two for rows that
-- another build or SQL by hand has written cost less than six.
LOCK TABLE "requests" IN ACCESS EXCLUSIVE MODE;
--> statement-breakpoint
CREATE FUNCTION note_uncounted_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	is_new boolean := TG_OP = 'INSERT';
BEGIN
	IF (
		is_new OR (NEW.assignee_id IS NOT NULL AND OLD.assignee_id IS DISTINCT FROM NEW.assignee_id)
	) AND NOT EXISTS (
		SELECT 1 FROM request_participants
		WHERE user_id = coalesce(NEW.assignee_id, NEW.requester_id) AND request_id = NEW.id AND participated_at IS NOT NULL
	) THEN
		INSERT INTO request_participants AS part (
			user_id, request_id, participated_at, changed_at, changed_internally_at, unread, unread_internally
		)
		SELECT users.id, NEW.id, NEW.updated_at, NULL, NULL, false, false
		FROM (SELECT DISTINCT unnest(ARRAY[NEW.requester_id, NEW.submitter_id, NEW.assignee_id])) AS person (id)
		JOIN users ON users.id = person.id AND users.erased_at IS NULL
		ON CONFLICT (user_id, request_id) DO UPDATE
		SET participated_at = coalesce(part.participated_at, EXCLUDED.participated_at);
	END IF;
	-- SQL by hand may not raise the version.
	IF (is_new OR OLD.title <> NEW.title OR OLD.description <> NEW.description) AND (
		(NOT is_new AND NEW.version = OLD.version) OR NOT EXISTS (
			SELECT 1 FROM request_words WHERE request_id = NEW.id AND part = 0 AND version = NEW.version
		)
	) THEN
		PERFORM note_words_due('REQUEST', NEW.id);
	END IF;
	IF is_new OR (OLD.status, OLD.priority, OLD.category, OLD.assignee_id, OLD.started_at, OLD.closed_at)
		IS DISTINCT FROM (NEW.status, NEW.priority, NEW.category, NEW.assignee_id, NEW.started_at, NEW.closed_at)
	THEN
		-- OLD is null for a new one.
		INSERT INTO request_deltas VALUES (
			NEW.id, NEW.created_at, OLD.status, NEW.status, OLD.priority, NEW.priority, OLD.category, NEW.category,
			OLD.assignee_id, NEW.assignee_id, OLD.started_at, NEW.started_at, OLD.closed_at, NEW.closed_at
		);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "requests_uncounted_inserted" AFTER INSERT ON "requests"
	FOR EACH ROW WHEN (NEW.counted_version IS DISTINCT FROM NEW.version) EXECUTE FUNCTION note_uncounted_request();
--> statement-breakpoint
CREATE TRIGGER "requests_uncounted_updated"
	AFTER UPDATE OF "title", "description", "status", "priority", "category", "assignee_id", "started_at", "closed_at"
	ON "requests"
	FOR EACH ROW WHEN (NEW.counted_version IS DISTINCT FROM NEW.version OR NEW.version = OLD.version)
	EXECUTE FUNCTION note_uncounted_request();
--> statement-breakpoint
DROP TRIGGER "requests_participants_filed" ON "requests";
--> statement-breakpoint
DROP TRIGGER "requests_participants_assigned" ON "requests";
--> statement-breakpoint
DROP TRIGGER "requests_words_inserted" ON "requests";
--> statement-breakpoint
DROP TRIGGER "requests_words_updated" ON "requests";
--> statement-breakpoint
DROP TRIGGER "requests_delta_inserted" ON "requests";
--> statement-breakpoint
DROP TRIGGER "requests_delta_updated" ON "requests";
--> statement-breakpoint
DROP FUNCTION note_request_participants();
--> statement-breakpoint
DROP FUNCTION note_request_words_due();
--> statement-breakpoint
CREATE OR REPLACE FUNCTION note_request_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO request_deltas (
		request_id, created_at, was_status, was_priority, was_category, was_assignee_id, was_started_at, was_closed_at
	)
	VALUES (
		OLD.id, OLD.created_at, OLD.status, OLD.priority, OLD.category, OLD.assignee_id, OLD.started_at, OLD.closed_at
	);
	RETURN NULL;
END
$$;
