import type { ComfyApp } from './comfy-types.ts'
import { member } from './member.ts'

/**
 * ComfyUI's `app`, from the global that every supported frontend sets before it loads extensions.
 * The module `/scripts/app.js` exports the same object, but its address starts at the origin: a
 * ComfyUI behind a proxy under a prefix does not have it there.
 */
export function hostApp(): ComfyApp {
  const app = member(member(Reflect.get(window, 'comfyAPI'), 'app'), 'app')
  return typeof app === 'object' && app !== null ? app : {}
}
