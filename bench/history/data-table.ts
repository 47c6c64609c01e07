import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { vueConfig } from '../../build/vue.ts'
import { TSX_HELPER } from '../../scripts/browser.ts'
import type { Samples } from './measures.ts'
import { actToPaint, heapOf, textsOf } from './paint.ts'
import { measureUse } from './use.ts'

const ROW = 'tbody tr'
/** The gap above the rows is a table row too. */
const ROWS = textsOf(ROW)

/** Rows as high as ours, and just enough style to distinguish the columns. */
const PAGE = `<!doctype html>
  <style>
    body { font: 14px/1.4 sans-serif; margin: 8px }
    table { width: 100%; border-collapse: collapse }
    td { height: 53px; box-sizing: border-box; padding: 0 8px; overflow: hidden; white-space: nowrap }
    thead { background: white; position: sticky; top: 0; z-index: 1 }
  </style>
  <main></main>`

/** The script of a page with PrimeVue's table, with Vue and PrimeVue as published. */
export async function buildTablePage(): Promise<string> {
  const built = await build({
    configFile: false,
    mode: 'production',
    logLevel: 'warn',
    plugins: vueConfig.plugins,
    define: { ...vueConfig.define, 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('table/main.ts', import.meta.url)),
        formats: ['iife'],
        name: 'table',
      },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  const chunk = output && 'output' in output ? output.output[0] : undefined
  if (chunk?.type !== 'chunk') throw new Error('The page with the DataTable was not built.')
  return chunk.code
}

/** Its rows are in memory before the click; ours are read from the database after it. */
export async function measureTable(browser: Browser, script: string): Promise<Samples> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    locale: 'en-US',
  })
  await context.addInitScript(TSX_HELPER)
  const page = await context.newPage()
  await page.setContent(PAGE)
  await page.addScriptTag({ content: script })
  const empty = await heapOf(page)
  await page.getByRole('button', { name: 'Make rows' }).click()
  await page.getByText('Rows are there').waitFor()
  const opening = await show(page, 'Show all')
  const use = await measureUse(page, { table: 'table', field: 'input', rows: ROWS })
  const heap = (await heapOf(page)) - empty
  await page.getByRole('button', { name: 'Hide' }).click()
  await page.locator(ROW).first().waitFor({ state: 'detached' })
  const allDrawn = await show(page, 'Show 1,000, all drawn')
  await context.close()
  return {
    'click to first rows': [opening],
    ...use,
    'heap beyond the same page without': [heap],
    'first of 1,000 rows, all drawn': [allDrawn],
  }
}

function show(page: Page, name: string): Promise<number> {
  return actToPaint(
    page,
    `[...document.querySelectorAll('button')].find((one) => one.textContent === '${name}').click()`,
    `/\\w/.test(${ROWS})`,
  )
}
