import { boot } from './boot.ts'
import { hostApp } from './host/host-app.ts'

/** What ComfyUI imports at boot. */
boot(hostApp(), import.meta.url)
