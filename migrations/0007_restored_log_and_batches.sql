ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk";
--> statement-breakpoint
ALTER TABLE "audit_head" ADD COLUMN "xid_offset" bigint DEFAULT 0 NOT NULL;