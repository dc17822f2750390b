ALTER TABLE "audit_logs" DROP COLUMN "reason";--> statement-breakpoint
ALTER TABLE "audit_logs" DROP COLUMN "client_address";--> statement-breakpoint
ALTER TABLE "audit_logs" DROP COLUMN "user_agent";
