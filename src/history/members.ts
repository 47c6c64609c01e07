import type { AccountEvent } from '../account-events/account-event.ts'

/** Who the events are of, with name and address as far as the account says them; each once. */
export function membersOf(events: readonly AccountEvent[]): string[] {
  return unique(
    events.flatMap(({ memberName, memberEmail }) => {
      if (memberName === null || memberEmail === null) return memberName ?? memberEmail ?? []
      return `${memberName} (${memberEmail})`
    }),
  )
}

export function memberEmailsOf(events: readonly AccountEvent[]): string[] {
  return unique(events.flatMap(({ memberEmail }) => memberEmail ?? []))
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
