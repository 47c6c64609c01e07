import { readFile, writeFile } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import * as z from 'zod'
import { ensureExtension } from '../build/extension.ts'
import { PACKAGE_NAME } from './package-files.ts'
import { packageZip } from './package-zip.ts'

/** Writes the zip and prints what is in it. */
export async function pack(): Promise<void> {
  const { dir } = await ensureExtension()
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile('package.json', 'utf8')))
  const zip = await packageZip(dir)
  const file = `${PACKAGE_NAME}-${version}.zip`
  await writeFile(file, zip)
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    console.log(`${String(content.length).padStart(8)}  ${path}`)
  }
  console.log(`Packed into ${file} (${Math.ceil(zip.length / 1000)} kB).`)
}
