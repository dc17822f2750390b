CREATE INDEX CONCURRENTLY "requests_status_priority_id_idx" ON "requests" USING btree ("status","priority","id");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "requests_assignee_id_status_priority_id_idx" ON "requests" USING btree ("assignee_id","status","priority","id");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "requests_submitter_id_id_idx" ON "requests" USING btree ("submitter_id","id") WHERE requester_id <> submitter_id;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "requests_updated_at_id_idx" ON "requests" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "requests_closed_at_id_idx" ON "requests" USING btree ("closed_at","id") WHERE closed_at is not null;--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "requests_updated_at_idx";
