import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import HistoryExport from '../../../../src/history/export/HistoryExport.vue'
import type { HistoryRow } from '../../../../src/history/row.ts'
import { mountPart } from '../../support/history-part.ts'
import { savedFiles } from '../../support/saved-files.ts'
import { newRow } from '../../../support/builders/row.ts'

let files: ReturnType<typeof savedFiles>
let unmount = (): void => {}
beforeEach(() => {
  files = savedFiles()
})
afterEach(() => {
  unmount()
  vi.restoreAllMocks()
})

async function open(rows: readonly HistoryRow[], chosen: readonly string[] = []) {
  const mounted = mountPart(HistoryExport, { rows, chosen })
  ;({ unmount } = mounted)
  await vi.waitFor(() => expect(mounted.element.querySelector('.cc-out')).not.toBeNull())
  return mounted.element
}
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => newRow({ id: `${at}`, at }))

function button(element: HTMLElement, name: string): HTMLButtonElement {
  const all = [...element.querySelectorAll('button')]
  const found = all.find(({ textContent }) => textContent.trim() === name)
  if (!found) throw new Error(`No button ${name}`)
  return found
}
const status = (element: HTMLElement) => element.querySelector('[role=status]')?.textContent.trim()
const bar = (element: HTMLElement) => element.querySelector('[role=progressbar]')

describe('taking the history out', () => {
  it.each([
    ['CSV', 'csv', 'text/csv;charset=utf-8'],
    ['JSON', 'json', 'application/json'],
  ])('saves all rows as %s and says so', async (name, extension, type) => {
    const element = await open(many(3))
    button(element, `Save as ${name}`).click()
    const [saved, ...others] = await vi.waitUntil(() => files.length > 0 && files)
    expect(others).toEqual([])
    expect(saved?.name).toMatch(
      new RegExp(`^comfyui-credits-history-\\d{4}-\\d\\d-\\d\\d\\.${extension}$`),
    )
    expect(saved?.file.type).toBe(type)
    expect((await saved?.file.text())?.trimEnd().split('\n')).toHaveLength(
      extension === 'csv' ? 4 : 5,
    )
    await vi.waitFor(() => expect(status(element)).toBe(`Saved as ${saved?.name}`))
    expect(bar(element)).toBeNull()
  })

  it('shows how far it is, and can be cancelled: then nothing is saved, and the focus is kept', async () => {
    const element = await open(many(200_000))
    button(element, 'Save as CSV').click()
    await vi.waitFor(() =>
      expect(Number(bar(element)?.getAttribute('aria-valuenow'))).toBeGreaterThan(0),
    )
    const cancel = button(element, 'Cancel')
    cancel.focus()
    cancel.click()
    await vi.waitFor(() => expect(status(element)).toBe('Cancelled. Nothing was saved.'))
    expect(files).toEqual([])
    await vi.waitFor(() => expect(document.activeElement).toBe(button(element, 'Save as CSV')))
  })

  it('says when it did not work, and works again', async () => {
    vi.stubGlobal('reportError', vi.fn())
    vi.mocked(URL.createObjectURL).mockImplementationOnce(() => {
      throw new Error('full')
    })
    const element = await open(many(1))
    button(element, 'Save as CSV').click()
    await vi.waitFor(() => expect(status(element)).toBe('That did not work. Please try again.'))
    button(element, 'Save as CSV').click()
    await vi.waitFor(() => expect(status(element)).toContain('Saved as'))
    vi.unstubAllGlobals()
  })

  it('does nothing where there is nothing', async () => {
    const element = await open([])
    button(element, 'Save as CSV').click()
    expect(button(element, 'Save as CSV').getAttribute('aria-disabled')).toBe('true')
    expect(status(element)).toBe('')
  })

  it('prints the first of many, says so, and points to the file that has them all', async () => {
    const element = await open(many(2500))
    expect(element.textContent).toContain('The first 2,000 of 2,500 entries are printed')
    expect(button(element, 'Print').getAttribute('aria-describedby')).not.toBeNull()
  })
})
