CREATE TABLE "audit_head" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"xid" "xid8" NOT NULL,
	"seq" bigint NOT NULL,
	"restored_to" bigint NOT NULL,
	CONSTRAINT "audit_head_only_check" CHECK ("audit_head"."only")
);
--> statement-breakpoint
CREATE TABLE "audit_private_values" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"values" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_seals" (
	"position" bigint PRIMARY KEY NOT NULL,
	"entry_seq" bigint NOT NULL,
	"transaction" "xid8" NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_seals_entry_seq_unique" UNIQUE("entry_seq"),
	CONSTRAINT "audit_seals_hash_check" CHECK (octet_length("audit_seals"."hash") = 32)
);
--> statement-breakpoint
ALTER TABLE "audit_logs" ADD COLUMN "reason_commitment" text;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD COLUMN "client_address_commitment" text;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD COLUMN "user_agent_commitment" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "log_erased_at" timestamp (3) with time zone;
