import { isBlocked } from './blocked.ts'
import { createCall } from './call.ts'
import type { Api } from './port.ts'
import { openStream } from './stream.ts'

export function createApi(): Api {
  return { call: createCall, openStream, isBlocked }
}
