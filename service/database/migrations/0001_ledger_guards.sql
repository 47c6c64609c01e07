-- What the schema file cannot say. The ledger is append-only for every connection:
CREATE FUNCTION ledger_entries_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The ledger is append-only: % refused. Correct an entry by another entry.', TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER ledger_entries_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_refuse_change();
--> statement-breakpoint
-- An account's balance is that of its newest entry. Writing an entry moves it, in the same
-- statement, and only from the entry before; so no code has to remember to.
CREATE FUNCTION ledger_entries_advance_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE accounts
    SET head_seq = NEW.seq, balance_usd_micros = NEW.balance_after_usd_micros
    WHERE id = NEW.account_id AND head_seq IS NOT DISTINCT FROM NEW.previous_seq;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Ledger entry % does not follow the newest entry of its account.', NEW.seq
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER ledger_entries_head
  AFTER INSERT ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION ledger_entries_advance_account();
--> statement-breakpoint
-- And by hand it cannot be set to anything that no entry says.
ALTER TABLE accounts
  ADD CONSTRAINT accounts_balance_of_head
  FOREIGN KEY (id, head_seq, balance_usd_micros)
  REFERENCES ledger_entries (account_id, seq, balance_after_usd_micros);
--> statement-breakpoint
ALTER TABLE accounts
  ADD CONSTRAINT accounts_balance_at_start
  CHECK (head_seq IS NOT NULL OR balance_usd_micros = 0);
