import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

const KEY_BYTES = 32

/** Google's smallest password; it asks nothing else. */
export const MIN_PASSWORD_LENGTH = 6

export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}:${scryptSync(password, salt, KEY_BYTES).toString('hex')}`
}

export function passwordFits(password: string, stored: string): boolean {
  const [salt = '', hash = ''] = stored.split(':')
  const expected = Buffer.from(hash, 'hex')
  const given = scryptSync(password, Buffer.from(salt, 'hex'), KEY_BYTES)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
