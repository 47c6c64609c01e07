import { app } from '/scripts/app.js'
import { boot } from './boot.ts'

/** What ComfyUI imports at boot. */
boot(app, import.meta.url)
