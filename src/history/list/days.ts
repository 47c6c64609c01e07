/** A day of the browser's time zone as an input of dates has it. `at` is epoch milliseconds. */
export function dayOf(at: number): string {
  const date = new Date(at)
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  return `${String(year).padStart(4, '0')}-${padded(month)}-${padded(day)}`
}

/** When that day begins, or the one so many days `later`; null for what is no day. */
export function dayBegins(day: string, later = 0): number | null {
  const [year, month, date] = day.split('-').map(Number)
  if (!year || !month || !date) return null
  const begin = new Date(year, month - 1, date + later).getTime()
  return Number.isNaN(begin) ? null : begin
}

function padded(part: number): string {
  return String(part).padStart(2, '0')
}
