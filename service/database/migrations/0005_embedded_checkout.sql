ALTER TABLE "purchases" ADD COLUMN "replaces" uuid;--> statement-breakpoint
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_replaces_purchases_id_fk" FOREIGN KEY ("replaces") REFERENCES "public"."purchases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_replaces_unique" UNIQUE("replaces");