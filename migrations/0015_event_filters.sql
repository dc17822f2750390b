CREATE TABLE "request_events" (
	"request_id" uuid NOT NULL,
	"internal" boolean NOT NULL,
	"position" bigint NOT NULL,
	"category" text NOT NULL,
	"assignee_id" uuid,
	CONSTRAINT "request_events_request_id_internal_position_pk" PRIMARY KEY("request_id","internal","position")
);
--> statement-breakpoint
CREATE TABLE "request_events_end" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "request_events_end_only_check" CHECK ("request_events_end"."only")
);
--> statement-breakpoint
CREATE INDEX "request_events_category_idx" ON "request_events" USING btree ("category","position");--> statement-breakpoint
CREATE INDEX "request_events_assignee_id_idx" ON "request_events" USING btree ("assignee_id","position");--> statement-breakpoint
INSERT INTO "request_events_end" ("position") VALUES (0);
