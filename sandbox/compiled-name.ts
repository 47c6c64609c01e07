/** The name of a compiled main file, as `service/main.mjs` for `service/main.ts`. */
export function compiledName(entry: string): string {
  return entry.replace(/\.ts$/, '.mjs')
}
