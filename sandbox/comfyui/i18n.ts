import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const PARTS = ['commands', 'settings', 'nodeDefs'] as const
const textsSchema = z.record(z.string(), z.unknown())
type Texts = z.infer<typeof textsSchema>

/**
 * A custom node's translations as ComfyUI serves them: for each language the keys of `main.json`,
 * and beside them the contents of the other files, under the files' names.
 */
export async function readTranslations(folder: string): Promise<Record<string, Texts>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const languages = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const texts = await Promise.all(languages.map((name) => readLanguage(join(folder, name))))
  return Object.fromEntries(languages.map((name, index) => [name, texts[index] ?? {}]))
}

async function readLanguage(folder: string): Promise<Texts> {
  const main = await readTexts(join(folder, 'main.json'))
  const parts = await Promise.all(
    PARTS.map(async (part) => [part, await readTexts(join(folder, `${part}.json`))] as const),
  )
  return { ...main, ...Object.fromEntries(parts.filter(([, texts]) => texts !== null)) }
}

async function readTexts(path: string): Promise<Texts | null> {
  try {
    return textsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Error(`${path} cannot be read as translations.`, { cause: error })
  }
}
