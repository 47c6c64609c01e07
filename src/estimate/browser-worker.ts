import { serveQuestions } from './serve-questions.ts'
import type { SentRequest } from './worker-messages.ts'

const answer = serveQuestions((reply) => postMessage(reply, {}))

addEventListener('message', ({ data }: MessageEvent<SentRequest>) => answer(data))
