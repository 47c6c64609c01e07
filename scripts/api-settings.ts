import process from 'node:process'
import * as z from 'zod'
import { DEFAULT_API_BASE, DEFAULT_CLOUD_BASE } from '@comfyui-credits/contract/addresses'
import { Problem } from '../sandbox/problem.ts'

/** How a command reaches the credits API. */
export interface ApiSettings {
  /** At least one. */
  readonly keys: readonly NamedKey[]
  /** Without a trailing slash. */
  readonly apiBase: string
  readonly cloudBase: string
}

interface NamedKey {
  /** What the person calls it, or else its number; never a part of the key. */
  readonly name: string
  readonly key: string
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const address = z
  .url({ abort: true })
  .refine(
    (text) => new URL(text).protocol === 'https:' || LOOPBACK.has(new URL(text).hostname),
    'a key must not cross the network unencrypted; use an https address',
  )
  .refine((text) => new URL(text).username === '', 'leave out the user name before the @')
  .transform((text) => text.replace(/\/+$/, ''))

const NO_KEY = 'COMFY_API_KEY contains characters that no key has.'

/** Also `NAME=KEY`, and several with commas between them. */
const keys = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .pipe(z.array(z.string().regex(/^(?:[^=\n]+=)?[\x21-\x7e]+$/, NO_KEY)))
  .transform((items) => items.map(readKey))
  .refine(
    (read) => new Set(read.map(({ name }) => name)).size === read.length,
    'COMFY_API_KEY gives two keys the same name.',
  )

function readKey(item: string, index: number): NamedKey {
  const end = item.indexOf('=')
  return end < 1 || end === item.length - 1
    ? { name: `key ${index + 1}`, key: item }
    : { name: item.slice(0, end).trim(), key: item.slice(end + 1) }
}

const schema = z
  .object({
    COMFY_API_KEY: keys,
    COMFY_API_BASE: address.optional(),
    COMFY_CLOUD_BASE: address.optional(),
  })
  .transform(({ COMFY_API_KEY, COMFY_API_BASE, COMFY_CLOUD_BASE }): ApiSettings => ({
    keys: COMFY_API_KEY,
    apiBase: COMFY_API_BASE ?? DEFAULT_API_BASE,
    // A service of one's own answers both, and its keys are none of Comfy's business.
    cloudBase: COMFY_CLOUD_BASE ?? COMFY_API_BASE ?? DEFAULT_CLOUD_BASE,
  }))

/** From the environment. Throws a Problem: `needsKey` where there is no key. */
export function readApiSettings(needsKey: string): ApiSettings {
  if (!process.env['COMFY_API_KEY']?.trim()) throw new Problem(needsKey)
  const read = schema.safeParse(process.env)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const name = String(issue?.path[0])
  throw new Problem(
    name === 'COMFY_API_KEY' ? String(issue?.message) : `${name}: ${issue?.message}.`,
  )
}
