ALTER TABLE "audit_head" ADD COLUMN "anchored_position" bigint;--> statement-breakpoint
ALTER TABLE "audit_head" ADD COLUMN "anchored_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "request_participants" ADD COLUMN "read_up_to" timestamp(3) with time zone;