CREATE TABLE "card_top_ups" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"amount_usd_micros" bigint NOT NULL,
	"idempotency_key" text,
	"payment_method_id" text NOT NULL,
	"intent_id" text,
	"state" text DEFAULT 'pending' NOT NULL,
	"decline_reason" text,
	"ledger_entry_id" uuid,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "card_top_ups_intent_id_unique" UNIQUE("intent_id"),
	CONSTRAINT "card_top_ups_ledger_entry_id_unique" UNIQUE("ledger_entry_id"),
	CONSTRAINT "card_top_ups_idempotency_key" UNIQUE("account_id","idempotency_key"),
	CONSTRAINT "card_top_ups_amount" CHECK (amount_usd_micros > 0),
	CONSTRAINT "card_top_ups_state" CHECK (state in ('pending', 'completed', 'failed')),
	CONSTRAINT "card_top_ups_completed" CHECK ((state = 'completed') = (ledger_entry_id is not null)),
	CONSTRAINT "card_top_ups_ended" CHECK ((state = 'pending') = (ended_at is null)),
	CONSTRAINT "card_top_ups_declined" CHECK ((state = 'failed') = (decline_reason is not null))
);
--> statement-breakpoint
CREATE TABLE "workspace_members" (
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"role" text NOT NULL,
	"joined_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "workspace_members_workspace_id_person_id_pk" PRIMARY KEY("workspace_id","person_id"),
	CONSTRAINT "workspace_members_role" CHECK (role in ('owner', 'member'))
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid,
	"name" text NOT NULL,
	"rail" text NOT NULL,
	"account_id" uuid NOT NULL,
	"reference" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "workspaces_person_id_unique" UNIQUE("person_id"),
	CONSTRAINT "workspaces_account_id_unique" UNIQUE("account_id"),
	CONSTRAINT "workspaces_reference_unique" UNIQUE("reference"),
	CONSTRAINT "workspaces_rail" CHECK (rail in ('legacy_stripe', 'stripe', 'metronome')),
	CONSTRAINT "workspaces_personal" CHECK (person_id is null or (person_id = id and rail <> 'legacy_stripe')),
	CONSTRAINT "workspaces_own_account" CHECK (account_id <> person_id)
);
--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "subject" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "workspace_id" uuid;--> statement-breakpoint
ALTER TABLE "card_top_ups" ADD CONSTRAINT "card_top_ups_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_top_ups" ADD CONSTRAINT "card_top_ups_ledger_entry_id_ledger_entries_id_fk" FOREIGN KEY ("ledger_entry_id") REFERENCES "public"."ledger_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_members" ADD CONSTRAINT "workspace_members_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_members" ADD CONSTRAINT "workspace_members_person_id_accounts_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_person_id_accounts_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "workspace_members_person" ON "workspace_members" USING btree ("person_id");--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;