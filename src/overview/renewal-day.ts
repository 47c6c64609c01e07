import { readTime } from '../account-events/account-event.ts'

/** Epoch milliseconds of what a service wrote; a day alone is the person's own. Null for neither. */
export function renewalDay(written: string | null): number | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(written?.trim() ?? '') ?? []
  if (year && month && day) return new Date(Number(year), Number(month) - 1, Number(day)).getTime()
  return written === null ? null : readTime(written)
}
