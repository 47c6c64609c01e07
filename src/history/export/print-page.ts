import css from './print-page.css?inline'

/** What is printed, in words already; names are shown as text. */
export interface PrintPage {
  readonly title: string
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  /** Under the title: what was chosen, sums, what is left out. */
  readonly lines: readonly string[]
  readonly head: readonly PrintCell[]
}

export interface PrintCell {
  readonly text: string
  readonly isFigure: boolean
}

/** Fills an empty document by DOM calls only: nothing in it is ever read as HTML. */
export function fillPage(page: Document, { title, language, direction, lines, head }: PrintPage) {
  page.documentElement.lang = language
  page.documentElement.dir = direction
  page.title = title
  page.head.append(element(page, 'style', css))
  const table = page.createElement('table')
  const body = page.createElement('tbody')
  const headRow = page.createElement('tr')
  headRow.append(...head.map((cell) => cellOf(page, 'th', cell)))
  const top = page.createElement('thead')
  top.append(headRow)
  table.append(top, body)
  page.body.append(
    element(page, 'h1', title),
    ...lines.map((line) => element(page, 'p', line)),
    table,
  )
  return {
    addRow(cells: readonly PrintCell[]): void {
      const row = page.createElement('tr')
      row.append(...cells.map((cell) => cellOf(page, 'td', cell)))
      body.append(row)
    },
  }
}

function cellOf(page: Document, tag: 'th' | 'td', { text, isFigure }: PrintCell): HTMLElement {
  const cell = element(page, tag, text)
  if (isFigure) cell.className = 'figure'
  else cell.dir = 'auto'
  return cell
}

function element(page: Document, tag: string, text: string): HTMLElement {
  const made = page.createElement(tag)
  made.textContent = text
  return made
}
