import type { World } from './world.ts'

/** Partners finish what a prompt with `[held]` asked them for, which until then goes on. */
export async function finishHeldJobs({ sandbox }: World): Promise<void> {
  const answer = await fetch(`${sandbox.urls.partner}/_sandbox/finish`, { method: 'POST' })
  if (!answer.ok) throw new Error(await answer.text())
}
