CREATE TABLE "webhook_attempts" (
	"delivery_seq" bigint NOT NULL,
	"number" integer NOT NULL,
	"ended_at" timestamp(3) with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"response_status" integer,
	"error" text,
	CONSTRAINT "webhook_attempts_pk" PRIMARY KEY("delivery_seq","number")
);
--> statement-breakpoint
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_seq_webhook_deliveries_seq_fk" FOREIGN KEY ("delivery_seq") REFERENCES "public"."webhook_deliveries"("seq") ON DELETE cascade ON UPDATE no action;