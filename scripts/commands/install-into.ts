import { resolve } from 'node:path'
import process from 'node:process'
import { ensureExtension } from '../build/extension.ts'
import { Problem } from '../sandbox/problem.ts'
import { installInto } from './install.ts'
import { runScript } from './run-script.ts'

await runScript(async () => {
  const [path, ...others] = process.argv.slice(2)
  if (path === undefined || others.length > 0) {
    throw new Problem(
      'Say where ComfyUI is: npm run install-into -- PATH (the folder with main.py).',
    )
  }
  const { dir } = await ensureExtension()
  const installed = await installInto(resolve(path), dir)
  console.log(`Installed into ${installed}. Restart ComfyUI to load it.`)
})
