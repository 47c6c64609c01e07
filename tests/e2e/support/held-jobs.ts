import type { World } from './world.ts'

/** Finishes the jobs of prompts with `[held]`, which run until then. */
export async function finishHeldJobs({ sandbox }: World): Promise<void> {
  const answer = await fetch(`${sandbox.urls.partner}/_sandbox/finish`, { method: 'POST' })
  if (!answer.ok) throw new Error(await answer.text())
}
