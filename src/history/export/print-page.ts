import { wholeWords } from '../../ui/whole-words.ts'
import css from './print-page.css?inline'

/** What is printed, in words already; names are shown as text. */
export interface PrintPage {
  readonly title: string
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  /** Under the title: whose it is, of when, what was chosen, sums, what is left out. */
  readonly facts: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly columns: readonly PrintColumn[]
  /** At the foot of each sheet, before its number. */
  readonly foot: string
}

export interface PrintColumn {
  readonly head: string
  readonly isFigure: boolean
  /** Of the sheet's width, in hundredths. */
  readonly width: number
}

export interface PrintCell {
  readonly text: string
  /** A second line, smaller. */
  readonly more?: string
}

/** What an empty page of a frame holds: without a doctype a browser lays it out as in the nineties. */
export const EMPTY_PAGE = '<!doctype html>'

/** Fills an empty document by DOM calls only: nothing in it is ever read as HTML. */
export function fillPage(page: Document, content: PrintPage) {
  const { title, language, direction, facts, columns } = content
  page.documentElement.lang = language
  page.documentElement.dir = direction
  page.title = title
  page.head.append(element(page, 'style', css))
  page.documentElement.style.setProperty('--print-foot', cssText(`${content.foot} `))
  const table = page.createElement('table')
  const body = page.createElement('tbody')
  table.append(...tableHead(page, columns), body)
  page.body.append(element(page, 'h1', title), factList(page, facts), table)
  return {
    addRow(cells: readonly PrintCell[]): void {
      const row = page.createElement('tr')
      row.append(...cells.map((cell, index) => cellOf(page, cell, columns[index])))
      body.append(row)
    },
  }
}

function tableHead(page: Document, columns: readonly PrintColumn[]): HTMLElement[] {
  const widths = page.createElement('colgroup')
  const row = page.createElement('tr')
  for (const { head, isFigure, width } of columns) {
    const column = page.createElement('col')
    column.style.width = `${width}%`
    widths.append(column)
    const cell = element(page, 'th', head)
    cell.setAttribute('scope', 'col')
    if (isFigure) cell.className = 'figure'
    row.append(cell)
  }
  const head = page.createElement('thead')
  head.append(row)
  return [widths, head]
}

function factList(page: Document, facts: PrintPage['facts']): HTMLElement {
  const list = page.createElement('dl')
  for (const { name, values } of facts) {
    const value = page.createElement('dd')
    value.append(...values.map((each) => paragraph(page, each)))
    list.append(element(page, 'dt', name), value)
  }
  return list
}

function cellOf(page: Document, { text, more }: PrintCell, column?: PrintColumn): HTMLElement {
  const cell = page.createElement('td')
  cell.append(isolated(page, text))
  if (more) {
    const line = page.createElement('small')
    // It goes the way of its first part, as in the list.
    line.append(isolated(page, more))
    cell.append(line)
  }
  if (column?.isFigure) cell.className = 'figure'
  return cell
}

/** In its own direction, and aligned by the page's. */
function paragraph(page: Document, text: string): HTMLElement {
  const made = page.createElement('p')
  made.append(isolated(page, text))
  return made
}

function isolated(page: Document, text: string): HTMLElement {
  const made = page.createElement('bdi')
  for (const part of wholeWords(text))
    made.append(part.isWhole ? element(page, 'span', part.text) : part.text)
  return made
}

/** As a CSS string: a name from outside must not end it. */
function cssText(text: string): string {
  const escaped = text.replaceAll(
    /[\p{Cc}"\\]/gu,
    (letter) => `\\${letter.charCodeAt(0).toString(16)} `,
  )
  return `"${escaped}"`
}

function element(page: Document, tag: string, text: string): HTMLElement {
  const made = page.createElement(tag)
  made.textContent = text
  return made
}
