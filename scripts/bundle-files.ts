import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { MANIFEST } from '../build/extension.ts'

const ENTRY = 'src/main.ts'

/** Vite's manifest: every built chunk by its source, with its imports. */
const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    imports: z.array(z.string()).default([]),
    dynamicImports: z.array(z.string()).default([]),
  }),
)
export type Manifest = z.infer<typeof manifestSchema>

export function readManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(MANIFEST, 'utf8')))
}

/**
 * The files loaded until the panel's first paint: the entry, the panel, which is all that the entry
 * loads lazily, and their imports. What the panel loads lazily, such as the popup, comes later and is
 * left out. Paths are relative to dist/.
 */
export function firstPaintFiles(manifest: Manifest): string[] {
  const reached = new Set<string>()
  const visit = (source: string) => {
    if (reached.has(source)) return
    reached.add(source)
    for (const needed of chunk(manifest, source).imports) visit(needed)
  }
  visit(ENTRY)
  for (const lazy of chunk(manifest, ENTRY).dynamicImports) visit(lazy)
  return [...reached].map((source) => chunk(manifest, source).file)
}

function chunk(manifest: Manifest, source: string): Manifest[string] {
  const found = manifest[source]
  if (!found)
    throw new Error(`The build's manifest has no ${source}: was dist/ built by \`npm run build\`?`)
  return found
}
