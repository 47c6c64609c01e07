import { expect } from 'vitest'

/** Waits until the page has this value, or fails with the last one. */
export async function eventually<T>(
  read: () => Promise<T>,
  expected: T,
  timeout = 20_000,
): Promise<void> {
  await expect.poll(read, { timeout, interval: 50 }).toEqual(expected)
}
