/** Runs it for each item, so many at once, and resolves when all have ended. Rejects with the first error. */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const left = (async function* () {
    yield* items
  })()
  async function work(): Promise<void> {
    for await (const item of left) await run(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
