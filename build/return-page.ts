import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const SOURCE = join(import.meta.dirname, '../src/purchase/return/return.html')
const LOCALES = join(import.meta.dirname, '../locales')
const NAMESPACE = 'comfyuiCredits'
const PLACE = /(<script type="application\/json" data-texts>)(<\/script>)/

/**
 * Puts the page a payment returns to beside the extension. It is copied, not built from: Vite would
 * name its script with a hash and `.js`, and ComfyUI imports every `.js` when it boots.
 */
export function returnPage(): Plugin {
  return {
    name: 'comfyui-credits:return-page',
    apply: 'build',
    buildStart() {
      this.addWatchFile(SOURCE)
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'return.html', source: returnPageWithTexts() })
    },
  }
}

/** The page with those of our texts in it that its `data-text` name, in every language we have. */
export function returnPageWithTexts(): string {
  const page = readFileSync(SOURCE, 'utf8')
  const keys = [...page.matchAll(/data-text="([^"]+)"/g)].flatMap(([, key]) => key ?? [])
  const texts = Object.fromEntries(
    readdirSync(LOCALES).map((language) => [language, textsOf(language, keys)]),
  )
  // In a script element only `<` could end it.
  const json = JSON.stringify(texts).replaceAll('<', String.raw`\u003c`)
  return page.replace(PLACE, (_, start: string, end: string) => start + json + end)
}

/** Where the page's texts are: it says what the popup says. */
const FILES = ['main.json', 'purchase.json']

function textsOf(language: string, keys: readonly string[]): Record<string, string> {
  const files = FILES.map((name): unknown =>
    JSON.parse(readFileSync(join(LOCALES, language, name), 'utf8')),
  )
  return Object.fromEntries(
    keys.map((key) => {
      const path = [NAMESPACE, ...key.split('.')]
      const text = files.map((file) => at(file, path)).find((found) => typeof found === 'string')
      if (text === undefined) throw new Error(`locales/${language} has no text ${key}`)
      return [key, text]
    }),
  )
}

function at(file: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined,
    file,
  )
}
