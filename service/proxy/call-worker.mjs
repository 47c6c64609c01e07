// A worker thread does not inherit the loader that lets this process import TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('./call-worker.ts')
