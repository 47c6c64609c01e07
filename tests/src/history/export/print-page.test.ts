import { describe, expect, it } from 'vitest'
import { EMPTY_PAGE, fillPage, type PrintPage } from '../../../../src/history/export/print-page.ts'

const HOSTILE = '<img src=x onerror=alert(1)>'
const CONTENT: PrintPage = {
  title: 'Credit history',
  language: 'ar',
  direction: 'rtl',
  facts: [
    { name: 'Filter', values: ['Failed runs'] },
    { name: 'Totals', values: ['12.66 credits spent', '5,275 credits added'] },
  ],
  columns: [
    { head: 'Date', isFigure: false, width: 80 },
    { head: 'Credits', isFigure: true, width: 20 },
  ],
  foot: 'Credit history',
}
const emptyPage = () => new DOMParser().parseFromString(EMPTY_PAGE, 'text/html')
const texts = (page: Document, selector: string) =>
  [...page.querySelectorAll(selector)].map(({ textContent }) => textContent)

describe('a printed page', () => {
  it('is laid out by today’s rules', () => {
    expect(EMPTY_PAGE).toMatch(/^<!doctype html>/)
  })

  it('has its title, what was chosen and a head for each sheet', () => {
    const page = emptyPage()
    fillPage(page, CONTENT)
    const { lang, dir } = page.documentElement
    expect([lang, dir, page.title]).toEqual(['ar', 'rtl', 'Credit history'])
    expect(texts(page, 'h1')).toEqual(['Credit history'])
    expect(texts(page, 'dt')).toEqual(['Filter', 'Totals'])
    expect(texts(page, 'dd p')).toEqual([
      'Failed runs',
      '12.66 credits spent',
      '5,275 credits added',
    ])
    expect(page.head.querySelector('style')).not.toBeNull()
    expect(texts(page, 'thead th')).toEqual(['Date', 'Credits'])
  })

  it('keeps the words of a name whole', () => {
    const page = emptyPage()
    fillPage(page, CONTENT).addRow([{ text: 'Castle', more: 'Sample Image · aurora-ultra' }])
    expect(texts(page, 'td bdi')).toEqual(['Castle', 'Sample Image · aurora-ultra'])
    expect(texts(page, 'td bdi > span')).toEqual(['aurora-ultra'])
  })

  it('shows names as text, each in its own direction, aligned as the page is', () => {
    const page = emptyPage()
    const { addRow } = fillPage(page, {
      ...CONTENT,
      title: HOSTILE,
      facts: [{ name: HOSTILE, values: [HOSTILE] }],
      columns: [{ head: HOSTILE, isFigure: false, width: 80 }, ...CONTENT.columns.slice(1)],
    })
    addRow([{ text: HOSTILE, more: HOSTILE }, { text: '-12.66' }])
    expect(page.querySelector('img')).toBeNull()
    const [name, figure] = page.querySelectorAll('td')
    expect([name?.textContent, figure?.className]).toEqual([HOSTILE + HOSTILE, 'figure'])
    expect(texts(page, 'bdi')).toEqual([HOSTILE, HOSTILE, HOSTILE, '-12.66'])
    // A number or a Latin name would go to the other end of its column.
    expect(page.querySelectorAll('body [dir]')).toHaveLength(0)
  })

  it('has at its foot a text that ends nothing', () => {
    const page = emptyPage()
    fillPage(page, { ...CONTENT, foot: 'a"; } body { display: none } \\ \n' })
    const foot = page.documentElement.style.getPropertyValue('--print-foot')
    expect(foot).toMatch(/^"[^"\n]*"$/)
    expect(foot).toContain('\\22 ')
  })
})
