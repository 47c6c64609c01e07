import type { AccountEvent } from '../account-events/account-event.ts'

/**
 * Who the events are of, with name and address as far as the account says them; each once. Where
 * no event is loaded that says so, as it was stored.
 */
export function membersOf(
  events: readonly AccountEvent[],
  stored: readonly string[] = [],
): readonly string[] {
  const named = unique(
    events.flatMap(({ memberName, memberEmail }) => {
      if (memberName === null || memberEmail === null) return memberName ?? memberEmail ?? []
      return `${memberName} (${memberEmail})`
    }),
  )
  return named.length > 0 ? named : stored
}

export function memberEmailsOf(events: readonly AccountEvent[]): string[] {
  return unique(events.flatMap(({ memberEmail }) => memberEmail ?? []))
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
