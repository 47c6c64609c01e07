import { relative } from 'node:path'
import process from 'node:process'
import { buildExtension, EXTENSION_DIR } from '../build/extension.ts'
import { runScript } from './run-script.ts'

await runScript(async () => {
  await buildExtension()
  console.log(`Built into ${relative(process.cwd(), EXTENSION_DIR)}/.`)
})
