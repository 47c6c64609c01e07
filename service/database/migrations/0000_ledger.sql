CREATE TABLE "account_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "account_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_type" text NOT NULL,
	"params" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"subject" text NOT NULL,
	"email" text,
	"name" text,
	"balance_usd_micros" bigint DEFAULT 0 NOT NULL,
	"head_seq" bigint,
	"stripe_customer_id" text,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "accounts_subject_unique" UNIQUE("subject"),
	CONSTRAINT "accounts_stripe_customer_id_unique" UNIQUE("stripe_customer_id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"key_hash" text PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_entries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"previous_seq" bigint GENERATED ALWAYS AS (nullif(seq - 1, 0)) STORED,
	"kind" text NOT NULL,
	"amount_usd_micros" bigint NOT NULL,
	"balance_before_usd_micros" bigint NOT NULL,
	"balance_after_usd_micros" bigint NOT NULL,
	"reference" text NOT NULL,
	"job_id" text,
	"reason" text,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "ledger_entries_seq" UNIQUE("account_id","seq"),
	CONSTRAINT "ledger_entries_reference" UNIQUE("account_id","kind","reference"),
	CONSTRAINT "ledger_entries_link" UNIQUE("account_id","seq","balance_after_usd_micros"),
	CONSTRAINT "ledger_entries_start" CHECK (seq > 1 or (seq = 1 and balance_before_usd_micros = 0)),
	CONSTRAINT "ledger_entries_sum" CHECK (balance_before_usd_micros + amount_usd_micros = balance_after_usd_micros),
	CONSTRAINT "ledger_entries_sign" CHECK (case kind when 'top_up' then amount_usd_micros > 0 when 'usage' then amount_usd_micros < 0 else amount_usd_micros <> 0 end),
	CONSTRAINT "ledger_entries_kind" CHECK (kind in ('top_up', 'usage', 'refund', 'adjustment')),
	CONSTRAINT "ledger_entries_safe" CHECK (balance_after_usd_micros between -9007199254740991 and 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE "pending_calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"job_id" text,
	"estimate_usd_micros" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "pending_calls_estimate" CHECK (estimate_usd_micros >= 0)
);
--> statement-breakpoint
CREATE TABLE "purchases" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"amount_usd_micros" bigint NOT NULL,
	"idempotency_key" text,
	"request_hash" text NOT NULL,
	"session_id" text,
	"checkout_url" text,
	"state" text DEFAULT 'open' NOT NULL,
	"ledger_entry_id" uuid,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "purchases_session_id_unique" UNIQUE("session_id"),
	CONSTRAINT "purchases_ledger_entry_id_unique" UNIQUE("ledger_entry_id"),
	CONSTRAINT "purchases_idempotency_key" UNIQUE("account_id","idempotency_key"),
	CONSTRAINT "purchases_amount" CHECK (amount_usd_micros > 0),
	CONSTRAINT "purchases_state" CHECK (state in ('open', 'processing', 'credited', 'expired', 'failed')),
	CONSTRAINT "purchases_credited" CHECK ((state = 'credited') = (ledger_entry_id is not null))
);
--> statement-breakpoint
ALTER TABLE "account_events" ADD CONSTRAINT "account_events_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_chain" FOREIGN KEY ("account_id","previous_seq","balance_before_usd_micros") REFERENCES "public"."ledger_entries"("account_id","seq","balance_after_usd_micros") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pending_calls" ADD CONSTRAINT "pending_calls_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_ledger_entry_id_ledger_entries_id_fk" FOREIGN KEY ("ledger_entry_id") REFERENCES "public"."ledger_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_events_newest" ON "account_events" USING btree ("account_id","seq");--> statement-breakpoint
CREATE INDEX "pending_calls_account" ON "pending_calls" USING btree ("account_id");