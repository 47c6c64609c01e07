import { describe, expect, it } from 'vitest'
import { fillPage } from '../../../../src/history/export/print-page.ts'

const HOSTILE = '<img src=x onerror=alert(1)>'

describe('a printed page', () => {
  it('has its title, what was chosen and a head for each sheet', () => {
    const page = document.implementation.createHTMLDocument()
    fillPage(page, {
      title: 'Credit history',
      language: 'ar',
      direction: 'rtl',
      lines: ['Failed runs', 'Spent, proved: 12.66 credits'],
      head: [
        { text: 'When', isFigure: false },
        { text: 'Credits', isFigure: true },
      ],
    })
    const { lang, dir } = page.documentElement
    expect([lang, dir, page.title]).toEqual(['ar', 'rtl', 'Credit history'])
    expect([...page.querySelectorAll('h1, p')].map(({ textContent }) => textContent)).toEqual([
      'Credit history',
      'Failed runs',
      'Spent, proved: 12.66 credits',
    ])
    expect(page.head.querySelector('style')).not.toBeNull()
    expect(page.querySelectorAll('thead th')).toHaveLength(2)
  })

  it('shows names as text, each in its own direction', () => {
    const page = document.implementation.createHTMLDocument()
    const { addRow } = fillPage(page, {
      title: HOSTILE,
      language: 'en',
      direction: 'ltr',
      lines: [HOSTILE],
      head: [{ text: HOSTILE, isFigure: false }],
    })
    addRow([
      { text: HOSTILE, isFigure: false },
      { text: '-12.66', isFigure: true },
    ])
    expect(page.querySelector('img')).toBeNull()
    const [name, figure] = page.querySelectorAll('td')
    expect([name?.textContent, name?.dir, figure?.className]).toEqual([HOSTILE, 'auto', 'figure'])
  })
})
