import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { languages } from './languages.ts'

const SOURCE = join(import.meta.dirname, '../src/purchase/return/return.html')
const SCRIPT = 'src/purchase/return/return.ts'
/** Where the development page finds it. */
export const DEVELOPMENT_PATH = '/return.html'
const LOCALES = join(import.meta.dirname, '../locales')
const NAMESPACE = 'comfyuiCredits'
const PLACE = /(<script type="application\/json" data-texts>)(<\/script>)/

/**
 * Copies the page that a payment returns to beside the extension. Vite does not build it: its script
 * would get a name with a hash and `.js`, and ComfyUI imports every `.js` at boot.
 * The development server has it too, with its script as it is written.
 */
export function returnPage(): Plugin {
  return {
    name: 'comfyui-credits:return-page',
    configureServer(server) {
      server.middlewares.use(DEVELOPMENT_PATH, async (_request, response, next) => {
        try {
          const page = returnPageWithTexts().replace('./return.mjs', `/${SCRIPT}`)
          const html = await server.transformIndexHtml(DEVELOPMENT_PATH, page)
          response.setHeader('Content-Type', 'text/html').end(html)
        } catch (error) {
          next(error)
        }
      })
    },
    buildStart() {
      this.addWatchFile(SOURCE)
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'return.html', source: returnPageWithTexts() })
    },
  }
}

/** The page with the texts that its `data-text` attributes name, in every language. * The development server has it too, with its script as it is written.
 */
export function returnPageWithTexts(): string {
  const page = readFileSync(SOURCE, 'utf8')
  const keys = [...page.matchAll(/data-text="([^"]+)"/g)].flatMap(([, key]) => key ?? [])
  const texts = Object.fromEntries(
    languages().map((language) => [language, textsOf(language, keys)]),
  )
  // Only `<` could end the script element.
  const json = JSON.stringify(texts).replaceAll('<', String.raw`\u003c`)
  return page.replace(PLACE, (_, start: string, end: string) => start + json + end)
}

/** The files with the page's texts, which are the popup's too. */
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
