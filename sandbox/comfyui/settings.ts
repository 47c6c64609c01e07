import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export const settingsSchema = z.record(z.string(), z.unknown())
export type Settings = z.infer<typeof settingsSchema>

/**
 * The settings of a person who has used ComfyUI for a while, so that the first start shows the
 * workflow at once: no tutorial, no templates, no release notes, no missing-model dialog.
 */
function firstSettings(frontendVersion: string): Settings {
  return {
    'Comfy.TutorialCompleted': true,
    'Comfy.InstalledVersion': frontendVersion,
    'Comfy.Release.Version': frontendVersion,
    'Comfy.Release.Status': "what's new seen",
    'Comfy.Release.Timestamp': Date.now(),
    'Comfy.Notification.ShowVersionUpdates': false,
    'Comfy.VersionCompatibility.DisableWarnings': true,
    'Comfy.Workflow.ShowMissingModelsWarning': false,
    'Comfy.Workflow.ShowMissingNodesWarning': false,
    'Comfy.UseNewMenu': 'Top',
  }
}

/** Settings in one JSON file of `folder`; others have the value of a first start. */
export async function openSettings(folder: string, frontendVersion: string) {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'comfy.settings.json')
  let saved = await readSaved(path)
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    const draft = `${path}.new`
    await writeFile(draft, JSON.stringify(saved, null, 2))
    await rename(draft, path)
  }

  return {
    all: (): Settings => ({ ...firstSettings(frontendVersion), ...saved }),
    /** Resolves when the values are on disk. */
    async set(values: Settings): Promise<void> {
      saved = { ...saved, ...values }
      writing = writing.then(write)
      await writing
    },
  }
}

export type SettingsStore = Awaited<ReturnType<typeof openSettings>>

async function readSaved(path: string): Promise<Settings> {
  try {
    return settingsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new Error(`${path} cannot be read as settings; mend or delete it.`, { cause: error })
  }
}
