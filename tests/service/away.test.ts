import { expect, it } from 'vitest'
import { isDatabaseBusy, isDatabaseUnavailable } from '../../service/database/away.ts'

const failed = (code: string, message = '') =>
  new Error('Failed query', { cause: Object.assign(new Error(message), { code }) })

it.each([
  ['a full disk', '53100', 'could not extend file "base/5/1": No space left on device', true],
  ['a full disk, to a new session', 'XX000', 'could not write init file', false],
  ['no memory left', '53200', 'out of memory', true],
  ['too many connections', '53300', 'sorry, too many clients already', false],
  ['a lock that others hold', '55P03', 'canceling statement due to lock timeout', true],
  ['a server that starts', '57P03', 'the database system is starting up', false],
])('%s may pass, and the same is tried later', (_, code, message, busy) => {
  expect(isDatabaseUnavailable(failed(code, message))).toBe(true)
  // A busy database has written nothing.
  expect(isDatabaseBusy(failed(code, message))).toBe(busy)
})

it.each([
  ['a broken rule of the ledger', '23514'],
  ['a fault of ours', '42601'],
  ['anything else inside the server', 'XX000'],
])('%s will not pass by itself', (_, code) => {
  expect(isDatabaseUnavailable(failed(code, 'no'))).toBe(false)
})
