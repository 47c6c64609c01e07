import { expect } from 'vitest'

/** Waits until the page says this; at the end fails with what it said last. */
export async function eventually<T>(
  read: () => Promise<T>,
  expected: T,
  timeout = 20_000,
): Promise<void> {
  await expect.poll(read, { timeout, interval: 50 }).toEqual(expected)
}
