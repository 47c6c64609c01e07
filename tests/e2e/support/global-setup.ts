import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { compileProcesses } from '../../../sandbox/compile.ts'
import { openDataFolder } from '../../../sandbox/data-folder.ts'
import { creditsDataDir } from '../../../sandbox/processes.ts'
import { seed } from '../../../sandbox/seed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A sandbox's data folder with its users. Copy it, and never use it itself. */
    readonly seededData: string
    /** The sandbox's processes, compiled. */
    readonly compiledDir: string
  }
}

/** Vitest's global setup: does once what each world needs and takes some seconds. */
export default async function prepareWorlds(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-e2e-seed-'))
  const data = await openDataFolder(folder)
  const [compiled] = await Promise.all([compileProcesses(), seed(data, creditsDataDir(data))])
  project.provide('seededData', folder)
  project.provide('compiledDir', compiled.dir)
  return async () => {
    await Promise.all([compiled.remove(), rm(folder, { recursive: true, force: true })])
  }
}
