CREATE TABLE "partner_jobs" (
	"account_id" uuid NOT NULL,
	"path" text NOT NULL,
	"job_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "partner_jobs_account_id_path_job_id_pk" PRIMARY KEY("account_id","path","job_id")
);
--> statement-breakpoint
ALTER TABLE "partner_jobs" ADD CONSTRAINT "partner_jobs_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;