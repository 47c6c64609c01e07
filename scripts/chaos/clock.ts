/**
 * Loaded into a process before its own code. On SIGUSR2 its clock jumps to what the file CHAOS_CLOCK
 * says: milliseconds ahead of the true time, or behind it.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'

const TrueDate = Date
let aheadMs = 0

process.on('SIGUSR2', () => {
  aheadMs = Number(readFileSync(process.env['CHAOS_CLOCK'] ?? '', 'utf8'))
})

const now = () => TrueDate.now() + aheadMs

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  get: (target, name, receiver) =>
    name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
})
