import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'

const FOLDER = join(process.cwd(), 'src')
const PHYSICAL =
  /\b(?:left|right)\b|^\s*(?:padding|margin|border-radius|inset):(?:\s+[^\s;]+){4};/gm

/** What a sheet says of a class wherever it stands in a panel. */
const OF_A_CLASS = /^ {2}& (\.[\w-]+) \{/gm

function sheets(): { readonly file: string; readonly css: string }[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.css'),
  )
  expect(files.length).toBeGreaterThan(3)
  return files.map((file) => ({
    file,
    css: readFileSync(join(FOLDER, file), 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .trim(),
  }))
}

it('the styles name no side of the page, so that they fit languages from right to left', () => {
  const named = sheets().flatMap(({ file, css }) =>
    (css.match(PHYSICAL) ?? []).map((rule) => `${file}: ${rule.trim()}`),
  )
  expect(named).toEqual([])
})

it('a class has one style sheet: a tab keeps its own while another is shown', () => {
  const homes = new Map<string, Set<string>>()
  for (const { file, css } of sheets())
    for (const [, name = ''] of css.startsWith('.comfyui-credits {')
      ? css.matchAll(OF_A_CLASS)
      : [])
      homes.set(name, (homes.get(name) ?? new Set()).add(file))
  expect([...homes].filter(([, files]) => files.size > 1)).toEqual([])
})
