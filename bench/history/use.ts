import type { Page } from 'playwright-core'
import { quantile } from '../statistics.ts'
import type { Samples } from './measures.ts'
import { actToOtherRows } from './paint.ts'

const FRAMES = 300

export interface Drawn {
  /** Selectors of the table, and of the field that searches it. */
  readonly table: string
  readonly field: string
  /** Code for a text that identifies the drawn rows; empty while there are none. */
  readonly rows: string
}

/** What a person does with a list of all runs, once it is shown. */
export async function measureUse(page: Page, list: Drawn): Promise<Samples> {
  const searching = await searches(page, list)
  const ordering = await orders(page, list)
  const further = await pagesFurther(page, list)
  const scrolling = await frames(page, list)
  return {
    'search to rows': searching,
    'order to rows': ordering,
    'a page further to rows': further,
    'frame while scrolling, p95': [quantile(scrolling, 0.95)],
  }
}

/** A word typed at once, and deleted again. */
async function searches(page: Page, { field, rows }: Drawn): Promise<number[]> {
  const type = (text: string) => `
    const field = document.querySelector('${field}')
    field.value = '${text}'
    field.dispatchEvent(new Event('input', { bubbles: true }))`
  const times: number[] = []
  for (const text of ['Castle at dusk', 'Portrait', 'Sample Mesh']) {
    times.push(await actToOtherRows(page, type(text), rows))
    await actToOtherRows(page, type(''), rows)
  }
  return times
}

/** Sorts by the column heads, two of them twice. */
async function orders(page: Page, { table, rows }: Drawn): Promise<number[]> {
  const times: number[] = []
  for (const column of ['Credits', 'Credits', 'Activity', 'Activity', 'Date']) {
    const act = `
      const heads = [...document.querySelectorAll('${table} thead th')]
      const head = heads.find((one) => one.textContent.trim().startsWith('${column}'))
      const clicked = head.querySelector('button') ?? head
      clicked.click()`
    times.push(await actToOtherRows(page, act, rows))
  }
  return times
}

/** Scrolls by the height of the pane several times, each time until the new rows are drawn. */
async function pagesFurther(page: Page, { table }: Drawn): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    const act = `const pane = ${scrollerOf(table)}; pane.scrollTop += pane.clientHeight`
    times.push(await actToOtherRows(page, act, lowestRow(table)))
  }
  return times
}

/** Milliseconds between frames while the table is scrolled by a page's height in ten frames. */
function frames(page: Page, { table }: Drawn): Promise<number[]> {
  return page.evaluate(
    ([count, pane]) =>
      new Promise<number[]>((settle) => {
        const scroller = new Function(`return ${pane}`)() as Element
        const times: number[] = []
        let last = performance.now()
        const step = (now: number) => {
          times.push(now - last)
          last = now
          scroller.scrollTop += 80
          if (times.length < count) requestAnimationFrame(step)
          else settle(times.slice(1))
        }
        requestAnimationFrame(step)
      }),
    [FRAMES, scrollerOf(table)] as const,
  )
}

/** Code for the table's scroll container. */
const scrollerOf = (table: string) => `(() => {
  let pane = document.querySelector('${table}').parentElement
  while (pane && !/auto|scroll/.test(getComputedStyle(pane).overflowY)) pane = pane.parentElement
  return pane ?? document.documentElement
})()`

/** Code for the row at the lower edge of the scroll container; empty if none is drawn yet. */
const lowestRow = (table: string) => `(() => {
  const { left, width, bottom } = ${scrollerOf(table)}.getBoundingClientRect()
  const there = document.elementFromPoint(left + width / 2, bottom - 30)
  return there?.closest('${table} tbody tr')?.textContent.trim() ?? ''
})()`
