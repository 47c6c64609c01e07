/**
 * What must be true of a ledger, whatever wrote it. Each query gives the rows for which it is not:
 * what is wrong (`subject`), and how (`words`). Plain SQL that knows nothing of this code, so that a
 * fault in the one does not hide in the other.
 */
export const checks = {
  'entry-sum': `
    select id::text as subject, format('%s + %s is not %s', balance_before_usd_micros,
      amount_usd_micros, balance_after_usd_micros) as words
    from ledger_entries
    where balance_before_usd_micros + amount_usd_micros <> balance_after_usd_micros`,

  'entry-chain': `
    select id::text as subject, format('entry %s does not continue its predecessor', seq) as words
    from (
      select id, seq, balance_before_usd_micros,
        lag(seq, 1, 0) over entries as seq_before,
        lag(balance_after_usd_micros, 1, 0) over entries as balance_before
      from ledger_entries
      window entries as (partition by account_id order by seq)
    ) chain
    where seq <> seq_before + 1 or balance_before_usd_micros <> balance_before`,

  'account-balance': `
    select coalesce(a.id, e.account_id)::text as subject,
      format('balance %s, entries sum to %s; head %s, newest entry %s',
        a.balance_usd_micros, coalesce(e.total, 0), a.head_seq, e.newest) as words
    from accounts a
    full join (
      select account_id, sum(amount_usd_micros) as total, max(seq) as newest
      from ledger_entries group by account_id
    ) e on e.account_id = a.id
    where a.balance_usd_micros is distinct from coalesce(e.total, 0)
      or a.head_seq is distinct from e.newest`,

  'payment-granted-otherwise': `
    select p.id::text as subject, 'credited, and its entry is of another payment' as words
    from (
      select id, account_id, ledger_entry_id, session_id as reference
        from purchases where state = 'credited'
      union all
      select id, account_id, ledger_entry_id, intent_id
        from card_top_ups where state = 'completed'
    ) p
    left join ledger_entries e on e.id = p.ledger_entry_id
    where e.id is null or e.kind <> 'top_up' or e.account_id <> p.account_id
      or e.reference is distinct from p.reference`,

  'grant-without-payment': `
    select e.id::text as subject, format('granted %s for %s payments', e.amount_usd_micros,
      count(p.ledger_entry_id)) as words
    from ledger_entries e
    left join (
      select ledger_entry_id from purchases
      union all
      select ledger_entry_id from card_top_ups
    ) p on p.ledger_entry_id = e.id
    where e.kind = 'top_up'
    group by e.id, e.amount_usd_micros
    having count(p.ledger_entry_id) <> 1`,

  'grant-not-shown': `
    select e.id::text as subject, format('has %s events', count(v.id)) as words
    from ledger_entries e
    left join account_events v on v.account_id = e.account_id and v.event_type = 'credit_added'
      and v.params ->> 'transaction_id' = e.id::text
      and (v.params ->> 'amount')::numeric * 10000 = e.amount_usd_micros
    where e.kind = 'top_up'
    group by e.id
    having count(v.id) <> 1`,

  'change-not-shown': `
    select e.id::text as subject, format('%s with %s events', e.kind, count(v.id)) as words
    from ledger_entries e
    left join account_events v on v.account_id = e.account_id
      and v.params ->> 'transaction_id' = e.id::text
      and (v.params ->> 'amount')::numeric * 10000 = e.amount_usd_micros
      and v.event_type = case e.kind when 'adjustment' then 'credit_adjusted'
        when 'refund' then 'credit_refunded' when 'dispute' then 'credit_disputed' end
    where e.kind in ('adjustment', 'refund', 'dispute')
    group by e.id, e.kind
    having count(v.id) <> 1`,

  'shown-without-entry': `
    select v.id::text as subject, format('%s of %s cents', v.event_type, v.params ->> 'amount')
      as words
    from account_events v
    left join ledger_entries e on e.account_id = v.account_id
      and e.id::text = v.params ->> 'transaction_id'
    where v.event_type like 'credit\\_%' and e.id is null`,

  'usage-not-shown': `
    select coalesce(e.account_id, v.account_id)::text as subject,
      format('%s charges of %s, events of %s of %s', coalesce(e.number, 0), coalesce(e.total, 0),
        coalesce(v.number, 0), coalesce(v.total, 0)) as words
    from (
      select account_id, count(*) as number, -sum(amount_usd_micros) as total
      from ledger_entries where kind = 'usage' group by account_id
    ) e
    full join (
      select account_id, count(*) as number, sum((params ->> 'charge_micro_usd')::numeric) as total
      from account_events
      where event_type = 'api_usage_completed' and (params ->> 'charge_micro_usd')::numeric > 0
      group by account_id
    ) v on v.account_id = e.account_id
    where e.number is distinct from v.number or e.total is distinct from v.total`,

  'charge-without-hold': `
    select e.id::text as subject, format('charged %s, held as %s and captured as %s',
      -e.amount_usd_micros, h.state, h.captured_usd_micros) as words
    from ledger_entries e
    left join holds h on h.id::text = e.reference and h.account_id = e.account_id
    where e.kind = 'usage' and h.captured_usd_micros is distinct from -e.amount_usd_micros`,

  'hold-captured-otherwise': `
    select h.id::text as subject, format('captured %s, charged %s', h.captured_usd_micros,
      coalesce(-e.amount_usd_micros, 0)) as words
    from holds h
    left join ledger_entries e on e.account_id = h.account_id and e.kind = 'usage'
      and e.reference = h.id::text
    where coalesce(h.captured_usd_micros, 0) <> coalesce(-e.amount_usd_micros, 0)`,

  'held-sum': `
    select a.id::text as subject, format('reserved %s, open holds sum to %s', a.held_usd_micros,
      coalesce(h.total, 0)) as words
    from accounts a
    left join (
      select account_id, sum(estimate_usd_micros) as total
      from holds where state = 'open' group by account_id
    ) h on h.account_id = a.id
    where a.held_usd_micros <> coalesce(h.total, 0)`,

  'hold-not-ended': `
    select id::text as subject, format('a call of account %s, job %s, was neither charged nor released',
      account_id, job_id) as words
    from holds where state = 'open' and expires_at < now() - interval '1 minute'`,

  'hold-not-listed': `
    select id::text as subject, format('%s with %s beyond its charge, and in no list', state,
      excess_usd_micros) as words
    from holds where problem is null and (excess_usd_micros > 0 or state = 'unresolved')`,

  'event-not-processed': `
    select id as subject, format('%s, %s attempts: %s', type, attempts, last_error) as words
    from webhook_events where outcome is null and received_at < now() - interval '1 day'`,
} as const satisfies Record<string, string>
