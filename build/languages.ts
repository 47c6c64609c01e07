import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const LOCALES = join(import.meta.dirname, '../locales')

/** The languages that the extension has texts in: the folders of locales/, sorted. */
export function languages(): string[] {
  return readdirSync(LOCALES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}
