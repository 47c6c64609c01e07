ALTER TABLE holds RENAME CONSTRAINT pending_calls_pkey TO holds_pkey;
--> statement-breakpoint
DROP TRIGGER pending_calls_news ON holds;
--> statement-breakpoint
-- Calls charged before there were holds: with theirs, every charge has one.
INSERT INTO holds (id, account_id, job_id, estimate_usd_micros, state, captured_usd_micros,
    expires_at, ended_at, created_at)
  SELECT reference::uuid, account_id, job_id, -amount_usd_micros, 'captured', -amount_usd_micros,
    created_at, created_at, created_at
  FROM ledger_entries
  WHERE kind = 'usage' AND reference ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  ON CONFLICT (id) DO NOTHING;
--> statement-breakpoint
UPDATE accounts SET held_usd_micros = open.total
  FROM (
    SELECT account_id, sum(estimate_usd_micros) AS total
    FROM holds WHERE state = 'open' GROUP BY account_id
  ) open
  WHERE open.account_id = accounts.id;
--> statement-breakpoint
-- What an account's open holds reserve is summed in the statement that opens or ends one, so that
-- no code has to remember to, and a call is admitted by one row.
CREATE FUNCTION holds_sum_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  change bigint := 0;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'open' THEN
    change := -OLD.estimate_usd_micros;
  END IF;
  IF NEW.state = 'open' THEN
    change := change + NEW.estimate_usd_micros;
  END IF;
  IF change <> 0 THEN
    UPDATE accounts SET held_usd_micros = held_usd_micros + change WHERE id = NEW.account_id;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER holds_sum
  AFTER INSERT OR UPDATE ON holds
  FOR EACH ROW EXECUTE FUNCTION holds_sum_account();
--> statement-breakpoint
-- A hold ends once. Only one that nobody could resolve may still be charged or released.
CREATE FUNCTION holds_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    RAISE EXCEPTION 'Holds are ended, not deleted: % refused.', TG_OP
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
    OR NEW.estimate_usd_micros <> OLD.estimate_usd_micros
    OR (OLD.state IN ('captured', 'released') AND (NEW.state <> OLD.state
      OR NEW.captured_usd_micros IS DISTINCT FROM OLD.captured_usd_micros))
    OR (OLD.state = 'unresolved' AND NEW.state = 'open')
  THEN
    RAISE EXCEPTION 'Hold % is %, and stays so.', OLD.id, OLD.state
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER holds_end_once
  BEFORE UPDATE ON holds
  FOR EACH ROW EXECUTE FUNCTION holds_refuse_change();
--> statement-breakpoint
CREATE TRIGGER holds_kept
  BEFORE DELETE OR TRUNCATE ON holds
  FOR EACH STATEMENT EXECUTE FUNCTION holds_refuse_change();
--> statement-breakpoint
CREATE TRIGGER holds_news
  AFTER INSERT OR UPDATE OF state ON holds
  FOR EACH ROW EXECUTE FUNCTION tell_account_news();
