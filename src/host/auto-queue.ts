import type { ComfyApp } from './comfy-types.ts'
import { findStore } from './stores.ts'

/** What the host calls its own presses of Run (1.50 and later). */
const AUTO_QUEUE = 'auto_queue'

/** Whether auto-queue asks for a run that was asked for by `source`, in the host's word. */
export function isAutoQueued(app: ComfyApp, source: string | null): boolean {
  const mode = findStore(app, 'queueSettingsStore')?.['mode']
  if (typeof mode !== 'string' || mode === 'disabled') return false
  // Before 1.50 the host does not say who has pressed Run.
  return source === null || source === AUTO_QUEUE
}

/**
 * Switches auto-queue off after a run that was not queued: it would ask for the next at each change
 * of the graph, or show that it goes on where nothing does. Seen on 1.40.7, 1.45.21, 1.50.6 and
 * 1.58.1.
 */
export function calmAutoQueue(app: ComfyApp, source: string | null): void {
  const settings = findStore(app, 'queueSettingsStore')
  const mode = settings?.['mode']
  if (settings === undefined || typeof mode !== 'string' || mode === 'disabled') return
  // A press by hand, beside an auto-queue that waits for a change.
  if (mode === 'change' && source !== null && source !== AUTO_QUEUE) return
  Reflect.set(settings, 'mode', 'disabled')
  recount(app)
}

/**
 * The host counts what it has asked for as pending before it is, and looks at the real count only when
 * that is written: after a veto it would wait for ever for a run that was never queued.
 */
function recount(app: ComfyApp): void {
  const pending = findStore(app, 'queuePendingTaskCount')
  const patch = pending?.['$patch']
  if (typeof patch === 'function') patch.call(pending, { count: pending?.['count'] })
}
