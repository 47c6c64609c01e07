ALTER TABLE "account_events" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "account_events" ADD COLUMN "api_key_id" uuid;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "api_key_id" uuid;--> statement-breakpoint
ALTER TABLE "account_events" ADD CONSTRAINT "account_events_person_id_accounts_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_events" ADD CONSTRAINT "account_events_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_person_id_accounts_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;