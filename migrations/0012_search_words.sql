CREATE TABLE "known_words" (
	"word" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "request_words" (
	"request_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"number" integer NOT NULL,
	"version" integer NOT NULL,
	"last_comment_id" uuid,
	"last_place" integer DEFAULT 0 NOT NULL,
	"last_comment_place" integer DEFAULT 0 NOT NULL,
	"words" "tsvector" NOT NULL,
	CONSTRAINT "request_words_request_id_part_pk" PRIMARY KEY("request_id","part")
);
--> statement-breakpoint
CREATE TABLE "user_words" (
	"word" text NOT NULL,
	"user_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "words_backfill" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"below" integer NOT NULL,
	"users_up_to" uuid,
	CONSTRAINT "words_backfill_only_check" CHECK ("words_backfill"."only")
);
--> statement-breakpoint
CREATE TABLE "words_due" (
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	CONSTRAINT "words_due_kind_subject_id_pk" PRIMARY KEY("kind","subject_id"),
	CONSTRAINT "words_due_kind_check" CHECK ("words_due"."kind" in ('REQUEST', 'USER'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "known_words_word_idx" ON "known_words" USING btree ("word" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "request_words_words_idx" ON "request_words" USING gin ("words") WITH (fastupdate=false);--> statement-breakpoint
CREATE UNIQUE INDEX "user_words_word_user_id_idx" ON "user_words" USING btree ("word" text_pattern_ops,"user_id");--> statement-breakpoint
CREATE INDEX "user_words_user_id_idx" ON "user_words" USING btree ("user_id");--> statement-breakpoint
-- The row of an earlier note is locked: taken before this transaction commits, it would not be seen what this one writes.
CREATE FUNCTION note_words_due(subject_kind text, subject uuid) RETURNS void LANGUAGE sql AS $$
	INSERT INTO words_due (kind, subject_id) VALUES (subject_kind, subject)
	ON CONFLICT (kind, subject_id) DO UPDATE SET kind = excluded.kind
$$;
--> statement-breakpoint
CREATE FUNCTION note_request_words_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- SQL by hand may not raise the version.
	IF (TG_OP = 'UPDATE' AND NEW.version = OLD.version) OR NOT EXISTS (
		SELECT 1 FROM request_words WHERE request_id = NEW.id AND part = 0 AND version = NEW.version
	) THEN
		PERFORM note_words_due('REQUEST', NEW.id);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "requests_words_inserted" AFTER INSERT ON "requests"
	FOR EACH ROW EXECUTE FUNCTION note_request_words_due();
--> statement-breakpoint
CREATE TRIGGER "requests_words_updated" AFTER UPDATE OF "title", "description" ON "requests"
	FOR EACH ROW WHEN (OLD.title <> NEW.title OR OLD.description <> NEW.description)
	EXECUTE FUNCTION note_request_words_due();
--> statement-breakpoint
CREATE FUNCTION move_request_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE request_words SET words = ts_delete(words, '@r' || replace(OLD.requester_id::text, '-', ''))
		|| format(
			'%L %L', '@r' || replace(NEW.requester_id::text, '-', ''), '@s' || replace(NEW.submitter_id::text, '-', '')
		)::tsvector
	WHERE request_id = NEW.id;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "requests_words_moved" AFTER UPDATE OF "requester_id" ON "requests"
	FOR EACH ROW WHEN (OLD.requester_id <> NEW.requester_id) EXECUTE FUNCTION move_request_words();
--> statement-breakpoint
CREATE FUNCTION note_comment_words_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (
		SELECT 1 FROM request_words WHERE request_id = NEW.request_id AND last_comment_id = NEW.id
	) THEN
		PERFORM note_words_due('REQUEST', NEW.request_id);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "comments_words_inserted" AFTER INSERT ON "comments"
	FOR EACH ROW EXECUTE FUNCTION note_comment_words_due();
--> statement-breakpoint
CREATE FUNCTION forget_user_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM user_words WHERE user_id = NEW.id;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "users_words_forgotten" BEFORE UPDATE OF "full_name" ON "users"
	FOR EACH ROW WHEN (OLD.full_name <> NEW.full_name) EXECUTE FUNCTION forget_user_words();
--> statement-breakpoint
CREATE FUNCTION note_user_words_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM user_words WHERE user_id = NEW.id) THEN
		PERFORM note_words_due('USER', NEW.id);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "users_words_written" AFTER INSERT OR UPDATE OF "full_name" ON "users"
	FOR EACH ROW WHEN (NEW.erased_at IS NULL) EXECUTE FUNCTION note_user_words_due();
--> statement-breakpoint
-- Where a background job begins, which reads both tables in batches.
INSERT INTO "words_backfill" ("below", "users_up_to") SELECT
	(SELECT coalesce(max("number") + 1, 0) FROM "requests"),
	(SELECT "id" FROM "users" ORDER BY "id" DESC LIMIT 1);
--> statement-breakpoint
-- Older builds that still serve search the column. It stays for them, without its index and without a cost for writes.
DO $$
BEGIN
	DROP INDEX requests_search_idx;
	IF EXISTS (SELECT 1 FROM requests) THEN
		ALTER TABLE requests ALTER COLUMN search DROP EXPRESSION, ALTER COLUMN search DROP NOT NULL;
	ELSE
		ALTER TABLE requests DROP COLUMN search;
	END IF;
END
$$;
