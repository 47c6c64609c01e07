import { existsSync, lstatSync } from 'node:fs'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../sandbox/problem.ts'
import { PACKAGE_NAME, packageFiles } from './package-files.ts'

/**
 * Puts the extension built in `extensionDir` into ComfyUI's `custom_nodes`, in place of an older
 * copy, and returns the folder. Throws a Problem, without changing anything, if `comfyui` is not a
 * ComfyUI or if that folder holds something else.
 */
export async function installInto(comfyui: string, extensionDir: string): Promise<string> {
  const customNodes = join(comfyui, 'custom_nodes')
  if (!existsSync(join(comfyui, 'main.py')) || !existsSync(customNodes)) {
    throw new Problem(
      `${comfyui} is not a ComfyUI. Name the folder that holds main.py and custom_nodes.`,
    )
  }
  const target = join(customNodes, PACKAGE_NAME)
  await requireReplaceable(target)
  // Copied to a temporary folder and then moved, so that ComfyUI never finds half of it. ComfyUI does
  // not load folders whose names begin with a dot.
  const temporary = await mkdtemp(join(customNodes, `.${PACKAGE_NAME}-`))
  try {
    const fresh = join(temporary, 'new')
    for (const { path, source } of await packageFiles(extensionDir)) {
      await cp(source, join(fresh, path))
    }
    if (existsSync(target)) await rename(target, join(temporary, 'old'))
    await rename(fresh, target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return target
}

async function requireReplaceable(target: string): Promise<void> {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return
  if (there.isSymbolicLink() || existsSync(join(target, '.git'))) {
    throw new Problem(
      `${target} is a clone or a link, where somebody may be working. Nothing was changed; run \`npm run build\` there instead.`,
    )
  }
  const manifest = join(target, 'pyproject.toml')
  if (
    existsSync(manifest) &&
    (await readFile(manifest, 'utf8')).includes(`name = "${PACKAGE_NAME}"`)
  )
    return
  throw new Problem(
    `${target} does not hold this extension. Nothing was changed; move that folder away first.`,
  )
}
