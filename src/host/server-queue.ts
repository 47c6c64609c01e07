import type { ComfyApp } from './comfy-types.ts'
import { member } from './member.ts'

/**
 * Asks ComfyUI's server whether it is idle. Its own event comes only when its queue changes, and at
 * the page's start, before anybody is logged in. Null if it does not say.
 */
export async function serverIsIdle(app: ComfyApp): Promise<boolean | null> {
  const response = await app.api?.fetchApi?.('/queue')
  if (!response?.ok) return null
  const queue: unknown = await response.json()
  const lists = ['queue_running', 'queue_pending'].map((name) => member(queue, name))
  return lists.every(Array.isArray) ? lists.flat().length === 0 : null
}

/** What ComfyUI's server remembers of a run, as it gives it; null where it remembers nothing. */
export async function serverHistory(app: ComfyApp, promptId: string): Promise<unknown> {
  const response = await app.api?.fetchApi?.(`/history/${encodeURIComponent(promptId)}`)
  if (!response?.ok) return null
  const history: unknown = await response.json()
  return member(history, promptId) ?? null
}
