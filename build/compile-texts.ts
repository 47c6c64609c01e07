import { baseCompile } from '@intlify/message-compiler'

/**
 * Compiles each text of a file with vue-i18n's compiler, so that no page has to load the compiler.
 * Throws if a text has a syntax error.
 */
export function compileTexts(texts: object): object {
  const entries = Object.entries(texts).map(([key, value]: [string, unknown]) => {
    if (typeof value === 'string') return [key, compile(value)]
    if (typeof value === 'object' && value !== null) return [key, compileTexts(value)]
    throw new Error(`${key} is neither a text nor a group of texts.`)
  })
  return Object.fromEntries(entries)
}

function compile(text: string): object {
  return baseCompile(text, {
    jit: true, // data for vue-i18n's interpreter: no code, so nothing that a CSP would refuse
    minify: true,
    location: false,
    onError(error) {
      throw new Error(`“${text}”: ${error.message}`, { cause: error })
    },
  }).ast
}
