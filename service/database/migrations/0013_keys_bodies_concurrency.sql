ALTER TABLE "webhook_events" ALTER COLUMN "payload" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "key_prefix" text;--> statement-breakpoint
CREATE INDEX "api_keys_account" ON "api_keys" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "api_keys_workspace" ON "api_keys" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "holds_running" ON "holds" USING btree ("account_id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "webhook_events_bodies" ON "webhook_events" USING btree ("processed_at") WHERE payload is not null;--> statement-breakpoint
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_body" CHECK (payload is not null or outcome is not null);--> statement-breakpoint
-- How many calls of an account run: those of one costly product, or all that are not costly. As a
-- function, so that it counts when it is called, by which time the statement has the account's row to
-- itself; a subquery would count as of the statement's start. A call whose process is gone no longer
-- runs once its time is up, though its hold stays until the partner has been asked.
CREATE FUNCTION running_calls(account uuid, costly_path text, costly_above bigint) RETURNS integer
  LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (
    SELECT count(*) FROM holds
    WHERE account_id = account AND state = 'open' AND attempts = 0
      AND expires_at > clock_timestamp()
      AND CASE WHEN costly_path IS NULL THEN estimate_usd_micros <= costly_above
        ELSE estimate_usd_micros > costly_above AND path = costly_path END
  );
END
$$;
