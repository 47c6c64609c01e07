import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDataFolder } from '../../../sandbox/data-folder.ts'
import { creditsDataDir } from '../../../sandbox/processes.ts'
import { seed } from '../../../sandbox/seed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A sandbox's data folder with its users. Copy it, and never use it itself. */
    readonly seededData: string
  }
}

/** Vitest's global setup: creates each world's first data once, since that takes some seconds. */
export default async function makeSeededData(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-e2e-seed-'))
  const data = await openDataFolder(folder)
  await seed(data, creditsDataDir(data))
  project.provide('seededData', folder)
  return () => rm(folder, { recursive: true, force: true })
}
