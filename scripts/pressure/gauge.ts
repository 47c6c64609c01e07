/**
 * Loaded into a process before its own code, or as all of it. From one message to the next it measures
 * how long the event loop was held, and how much memory the process took.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'

export interface Gauged {
  readonly worstMs: number
  readonly p99Ms: number
  readonly megabytes: number
}

const RESOLUTION_MS = 5
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()

let megabytes = 0
const weigh = (): void => {
  megabytes = Math.max(megabytes, process.memoryUsage.rss() / 1e6)
}
setInterval(weigh, 50)

/** The monitor counts its own pause as delay. */
const inMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

process.on('message', () => {
  weigh()
  const gauged: Gauged = { worstMs: inMs(delay.max), p99Ms: inMs(delay.percentile(99)), megabytes }
  process.send?.(gauged)
  delay.reset()
  megabytes = 0
})
