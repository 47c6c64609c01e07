import { languages } from '../../src/i18n/languages.ts'

const query = new URLSearchParams(window.location.search)

/** Links to every state, theme and language; each keeps the other two. */
export function drawSwitches(groups: Readonly<Record<string, object>>): void {
  const lines = Object.entries(groups).map(([name, states]) =>
    line(name, 'state', Object.keys(states)),
  )
  document
    .querySelector('#switches')
    ?.append(
      ...lines,
      line('theme', 'theme', ['dark', 'light']),
      line('language', 'locale', languages),
    )
}

function line(name: string, parameter: string, values: readonly string[]): HTMLElement {
  const links = values.map((value) => link(value, { [parameter]: value }))
  const paragraph = document.createElement('p')
  paragraph.append(`${name}: `, ...links)
  return paragraph
}

function link(text: string, change: Record<string, string>): HTMLAnchorElement {
  const next = new URLSearchParams({ ...Object.fromEntries(query), ...change })
  const anchor = document.createElement('a')
  Object.assign(anchor, { href: `?${next}`, textContent: text })
  const [[name = '', value] = []] = Object.entries(change)
  if (query.get(name) === value) anchor.setAttribute('aria-current', 'true')
  return anchor
}
