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
CREATE INDEX "request_participants_any_unread_idx" ON "request_participants" USING btree ("user_id","request_id") WHERE unread or unread_internally;