import type { Page } from 'playwright-core'

const MEGABYTE = 1024 * 1024

/**
 * Acts, and resolves to the milliseconds until `shows` is true and painted: what exists at the start of
 * a frame is painted by the start of the next.
 */
export function actToPaint(page: Page, act: string, shows: string): Promise<number> {
  return page.evaluate(
    ([doing, showing]) => {
      // Code as text: the action and the condition differ, the timing does not.
      const run = new Function(doing)
      const isShown = new Function(`return ${showing}`)
      return new Promise<number>((settle, reject) => {
        const start = performance.now()
        const look = (now: number) => {
          if (isShown()) requestAnimationFrame((painted) => settle(painted - start))
          else if (now - start > 20_000) reject(new Error(`Never: ${showing}`))
          else requestAnimationFrame(look)
        }
        run()
        requestAnimationFrame(look)
      })
    },
    [act, shows] as const,
  )
}

/**
 * The same, until the rows differ from those before. `rows` is code for a text that identifies the
 * drawn rows; empty while there are none.
 */
export async function actToOtherRows(page: Page, act: string, rows: string): Promise<number> {
  const before = JSON.stringify(await page.evaluate<string>(rows))
  return actToPaint(page, act, `![${before}, ''].includes(${rows})`)
}

/** Code for the texts of the elements that match the selector. */
export const textsOf = (selector: string) =>
  `[...document.querySelectorAll('${selector}')].map((row) => row.textContent).join()`

/** In megabytes, after a garbage collection. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / MEGABYTE
}
