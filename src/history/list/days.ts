const padded = (value: number, length: number): string => String(value).padStart(length, '0')

/** The day in the browser's time zone, as a date input writes it. `at` is epoch milliseconds. */
export function dayOf(at: number): string {
  const date = new Date(at)
  return [
    padded(date.getFullYear(), 4),
    padded(date.getMonth() + 1, 2),
    padded(date.getDate(), 2),
  ].join('-')
}

/** When the day begins, or the one `later` days after it; null if `day` is not a date. */
export function dayBegins(day: string, later = 0): number | null {
  const [year, month, date] = day.split('-').map(Number)
  if (!year || !month || !date) return null
  const begin = new Date(year, month - 1, date + later).getTime()
  return Number.isNaN(begin) ? null : begin
}
