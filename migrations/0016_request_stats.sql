CREATE TABLE "request_counts" (
	"build" integer NOT NULL,
	"grain" integer NOT NULL,
	"block" integer NOT NULL,
	"kind" text NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "request_counts_build_grain_block_kind_key_pk" PRIMARY KEY("build","grain","block","kind","key")
);
--> statement-breakpoint
CREATE TABLE "request_deltas" (
	"request_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"was_status" text,
	"status" text,
	"was_priority" text,
	"priority" text,
	"was_category" text,
	"category" text,
	"was_assignee_id" uuid,
	"assignee_id" uuid,
	"was_started_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"was_closed_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "request_flows" (
	"build" integer NOT NULL,
	"grain" integer NOT NULL,
	"block" integer NOT NULL,
	"created" integer NOT NULL,
	"closed" integer NOT NULL,
	CONSTRAINT "request_flows_build_grain_block_pk" PRIMARY KEY("build","grain","block")
);
--> statement-breakpoint
CREATE TABLE "stats_builds" (
	"build" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stats_builds_build_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"place" uuid NOT NULL,
	"complete" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "counted_version" integer;
--> statement-breakpoint
ALTER TABLE "request_deltas" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
--> statement-breakpoint
-- Room for updates within a page, since no index holds the counts.
ALTER TABLE "request_counts" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "request_flows" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
CREATE FUNCTION note_request_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO request_deltas (request_id, created_at, status, priority, category, assignee_id, started_at, closed_at)
		VALUES (
			NEW.id, NEW.created_at, NEW.status, NEW.priority, NEW.category, NEW.assignee_id, NEW.started_at, NEW.closed_at
		);
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO request_deltas (
			request_id, created_at, was_status, was_priority, was_category, was_assignee_id, was_started_at, was_closed_at
		)
		VALUES (
			OLD.id, OLD.created_at, OLD.status, OLD.priority, OLD.category, OLD.assignee_id, OLD.started_at, OLD.closed_at
		);
	ELSE
		INSERT INTO request_deltas VALUES (
			NEW.id, NEW.created_at, OLD.status, NEW.status, OLD.priority, NEW.priority, OLD.category, NEW.category,
			OLD.assignee_id, NEW.assignee_id, OLD.started_at, NEW.started_at, OLD.closed_at, NEW.closed_at
		);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
-- For older builds that still serve, and for SQL by hand, which may not raise the version.
CREATE TRIGGER "requests_delta_inserted" AFTER INSERT ON "requests"
	FOR EACH ROW WHEN (NEW.counted_version IS DISTINCT FROM NEW.version) EXECUTE FUNCTION note_request_delta();
--> statement-breakpoint
CREATE TRIGGER "requests_delta_updated"
	AFTER UPDATE OF "status", "priority", "category", "assignee_id", "started_at", "closed_at" ON "requests"
	FOR EACH ROW WHEN (
		(NEW.counted_version IS DISTINCT FROM NEW.version OR NEW.version = OLD.version)
		AND (OLD.status, OLD.priority, OLD.category, OLD.assignee_id, OLD.started_at, OLD.closed_at)
			IS DISTINCT FROM (NEW.status, NEW.priority, NEW.category, NEW.assignee_id, NEW.started_at, NEW.closed_at)
	) EXECUTE FUNCTION note_request_delta();
--> statement-breakpoint
CREATE TRIGGER "requests_delta_deleted" AFTER DELETE ON "requests"
	FOR EACH ROW EXECUTE FUNCTION note_request_delta();
--> statement-breakpoint
-- The triggers hold off writers until all of this is committed. A background job counts what is there, in batches.
INSERT INTO "stats_builds" ("place", "complete")
	SELECT CASE WHEN filled THEN '00000000-0000-0000-0000-000000000000' ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff' END::uuid,
		NOT filled
	FROM (SELECT EXISTS (SELECT FROM "requests") AS filled) AS "found";
