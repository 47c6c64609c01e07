import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const FOLDER = join(process.cwd(), 'locales')

export const files = (language: string): string[] => readdirSync(join(FOLDER, language)).sort()

/** A file's texts by their path, keys joined by dots. */
export function texts(language: string, file: string): Map<string, string> {
  const content: unknown = JSON.parse(readFileSync(join(FOLDER, language, file), 'utf8'))
  return new Map(leaves(content, ''))
}

/** All texts of a language by their path, which no two files share. */
export function allTexts(language: string): Map<string, string> {
  return new Map(files(language).flatMap((file) => [...texts(language, file)]))
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no text.`)
  return Object.entries(value).flatMap(([key, below]) =>
    leaves(below, path === '' ? key : `${path}.${key}`),
  )
}

/** `{usd}` and the like, sorted, each once. */
export function holes(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g))].sort()
}
