import { forgetClock } from './clock.ts'
import { isBlocked } from './blocked.ts'
import { createCall } from './call.ts'
import type { AnswerTime, Api } from './port.ts'
import { openStream } from './stream.ts'

export function createApi(): Api {
  forgetClock()
  const listeners = new Set<(time: AnswerTime) => void>()
  const answered = (time: AnswerTime): void => listeners.forEach((listener) => listener(time))
  return {
    call: (caller) => createCall(caller, answered),
    openStream,
    isBlocked,
    onAnswerTime(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
