import { serveQuestions, type WorkerRequest } from './worker-messages.ts'

const answer = serveQuestions((reply) => postMessage(reply, {}))

addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => answer(data))
