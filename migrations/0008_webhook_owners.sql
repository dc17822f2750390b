ALTER TABLE "webhooks" DROP CONSTRAINT "webhooks_disabled_because_check";--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "owner_id" uuid;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "created_by_id" uuid;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_disabled_because_check" CHECK ("webhooks"."disabled_because" in ('GONE', 'FAILING', 'OWNER_UNKNOWN', 'OWNER_ERASED', 'OWNER_DEACTIVATED', 'OWNER_LOST_ROLE'));--> statement-breakpoint
-- The owner is the creator, the actor of the entry in the log. Its subject is the webhook's public id: 26 letters of five bits each.
UPDATE "webhooks" AS w SET "owner_id" = made.actor_id, "created_by_id" = made.actor_id
FROM (
	SELECT id, 'whk_' || (
		SELECT string_agg(
			substr('0123456789abcdefghjkmnpqrstvwxyz', substr(bits, 5 * nth + 1, 5)::bit(5)::int + 1, 1), '' ORDER BY nth
		)
		FROM generate_series(0, 25) AS nth
	) AS public_id
	FROM (
		SELECT id, '00' || ('x' || replace(id::text, '-', ''))::bit(128)::text AS bits FROM "webhooks"
	) AS each_webhook
) AS named
CROSS JOIN LATERAL (
	SELECT actor_id FROM "audit_logs"
	WHERE subject_id = named.public_id AND action = 'webhook.created' ORDER BY seq LIMIT 1
) AS made
WHERE w.id = named.id AND made.actor_id IS NOT NULL;
