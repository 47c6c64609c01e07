import type { Page } from 'playwright-core'
import { RUNS_DATABASE } from '../../../src/storage/stored-data.ts'
import type { Run } from '../../../src/runs/run.ts'

/** The runs in the browser's database, of every billing account, in no order. */
export const keptRuns = (page: Page): Promise<Run[]> =>
  page.evaluate(
    (name) =>
      new Promise<Run[]>((resolve) => {
        const opening = indexedDB.open(name)
        opening.addEventListener('success', () => {
          const all = opening.result.transaction('runs').objectStore('runs').getAll()
          all.addEventListener('success', () => {
            opening.result.close()
            resolve(all.result.map(({ run }: { run: Run }) => run))
          })
        })
      }),
    RUNS_DATABASE,
  )
