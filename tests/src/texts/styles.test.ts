import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'

const FOLDER = join(process.cwd(), 'src')
const PHYSICAL =
  /\b(?:left|right)\b|^\s*(?:padding|margin|border-radius|inset):(?:\s+[^\s;]+){4};/gm

it('the styles name no side of the page, so that they fit languages from right to left', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.css'),
  )
  expect(files.length).toBeGreaterThan(3)
  const named = files.flatMap((file) => {
    const css = readFileSync(join(FOLDER, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
    return (css.match(PHYSICAL) ?? []).map((rule) => `${file}: ${rule.trim()}`)
  })
  expect(named).toEqual([])
})
