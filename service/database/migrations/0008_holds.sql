ALTER TABLE "pending_calls" RENAME TO "holds";--> statement-breakpoint
ALTER TABLE "holds" DROP CONSTRAINT "pending_calls_estimate";--> statement-breakpoint
ALTER TABLE "holds" DROP CONSTRAINT "pending_calls_account_id_accounts_id_fk";
--> statement-breakpoint
DROP INDEX "pending_calls_account";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "held_usd_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "node_type" text;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "path" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "terms" jsonb;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "state" text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "captured_usd_micros" bigint;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "excess_usd_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "problem" text;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "attended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "ended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "holds_open" ON "holds" USING btree ("expires_at") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "holds_problems" ON "holds" USING btree ("created_at") WHERE problem is not null and attended_at is null;--> statement-breakpoint
CREATE INDEX "holds_account" ON "holds" USING btree ("account_id");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_held" CHECK (held_usd_micros >= 0);--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_state" CHECK (state in ('open', 'captured', 'released', 'unresolved'));--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_problem" CHECK (problem in ('excess', 'unanswered', 'unresolved'));--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_estimate" CHECK (estimate_usd_micros >= 0 and excess_usd_micros >= 0);--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_captured" CHECK ((state = 'captured') = (captured_usd_micros is not null));--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_ended" CHECK ((state = 'open') = (ended_at is null));