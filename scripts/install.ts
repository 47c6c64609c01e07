import { existsSync, lstatSync } from 'node:fs'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../sandbox/problem.ts'
import { PACKAGE_NAME, packageFiles } from './package-files.ts'

/**
 * Puts the extension built in `extensionDir` into ComfyUI's `custom_nodes`, in place of an older
 * copy of it. Returns where. Throws a Problem, and has changed nothing, when `comfyui` is no ComfyUI
 * or when what is there is not a copy of ours.
 */
export async function installInto(comfyui: string, extensionDir: string): Promise<string> {
  const customNodes = join(comfyui, 'custom_nodes')
  if (!existsSync(join(comfyui, 'main.py')) || !existsSync(customNodes)) {
    throw new Problem(
      `${comfyui} is no ComfyUI: it should hold main.py and custom_nodes. Give the folder that does.`,
    )
  }
  const target = join(customNodes, PACKAGE_NAME)
  await requireReplaceable(target)
  // Made aside and then moved: ComfyUI never finds half of it. Names with a dot are not loaded.
  const aside = await mkdtemp(join(customNodes, `.${PACKAGE_NAME}-`))
  try {
    const fresh = join(aside, 'new')
    for (const { path, source } of await packageFiles(extensionDir)) {
      await cp(source, join(fresh, path))
    }
    if (existsSync(target)) await rename(target, join(aside, 'old'))
    await rename(fresh, target)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return target
}

async function requireReplaceable(target: string): Promise<void> {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return
  if (there.isSymbolicLink() || existsSync(join(target, '.git'))) {
    throw new Problem(
      `${target} is a clone or a link that somebody works in, so it is left alone. Build there with \`npm run build\`.`,
    )
  }
  const manifest = join(target, 'pyproject.toml')
  if (
    existsSync(manifest) &&
    (await readFile(manifest, 'utf8')).includes(`name = "${PACKAGE_NAME}"`)
  )
    return
  throw new Problem(
    `${target} holds something that is not ours, so it is left alone. Move it away first.`,
  )
}
