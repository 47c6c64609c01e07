-- Watchers of an account are notified of each commit that changes what it shows: its balance, its
-- events, its calls still running. By the database, so that no code has to remember to, and all
-- instances hear of what any of them (or support) wrote. Within a transaction a repeat is dropped.
CREATE FUNCTION tell_account_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('account_news', coalesce(NEW.account_id, OLD.account_id)::text);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER ledger_entries_news
  AFTER INSERT ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION tell_account_news();
--> statement-breakpoint
CREATE TRIGGER account_events_news
  AFTER INSERT ON account_events
  FOR EACH ROW EXECUTE FUNCTION tell_account_news();
--> statement-breakpoint
CREATE TRIGGER pending_calls_news
  AFTER INSERT OR DELETE ON pending_calls
  FOR EACH ROW EXECUTE FUNCTION tell_account_news();
