const MEGABYTE = 1_000_000

/** "3.2 MB", in no more digits than a rough figure has. */
export function formatSize(bytes: number, locale: string): string {
  const format = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'megabyte',
    maximumSignificantDigits: 2,
  })
  return format.format(Math.max(bytes / MEGABYTE, 0.1))
}
