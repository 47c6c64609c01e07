CREATE TABLE "read_positions" (
	"list" text PRIMARY KEY NOT NULL,
	"newest_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "card_top_ups" ADD COLUMN "checked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "purchases" ADD COLUMN "checked_at" timestamp with time zone;