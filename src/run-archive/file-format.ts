import * as z from 'zod/mini'
import { digest } from '../runs/digest.ts'

/**
 * A file of all that is kept of a billing account: JSON, `{format, version, exportedAt, purse,
 * entries}`. Each entry stands in a line of its own: so it is read as it comes from the disk,
 * whatever its size, and any tool that reads JSON reads it too.
 *
 * No login is in it: an account is named only by a sum of its id, to tell whether a file is of the
 * same credits.
 */
const FORMAT = 'comfyui-credits-runs'
export const VERSION = 1
export const END = ']}'

export const headSchema = z.object({
  format: z.literal(FORMAT),
  version: z.int().check(z.positive()),
  purse: z.string(),
})

/** `at`: when it was written, epoch milliseconds. */
export function headLine(accountKey: string, at: number): string {
  const exportedAt = new Date(at).toISOString()
  const head = {
    format: FORMAT,
    version: VERSION,
    exportedAt,
    purse: nameOf(accountKey),
    entries: [],
  }
  return JSON.stringify(head).slice(0, -END.length)
}

export function nameOf(accountKey: string): string {
  return digest(`${FORMAT} ${accountKey}`)
}
