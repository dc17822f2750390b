ALTER TABLE "api_keys" ADD COLUMN "session_from" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "idle_ends_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "grants_until" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_session_check" CHECK (case when "api_keys"."session_from" is null then "api_keys"."idle_ends_at" is null else "api_keys"."idle_ends_at" is not null and "api_keys"."expires_at" is not null end) NOT VALID;