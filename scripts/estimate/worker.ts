import { parentPort } from 'node:worker_threads'
import { serveQuestions } from '../../src/estimate/serve-questions.ts'
import type { SentRequest } from '../../src/estimate/worker-messages.ts'

const port = parentPort
if (!port) throw new Error('This is the inside of a worker.')
const answer = serveQuestions((reply) => port.postMessage(reply, []))
port.on('message', (request: SentRequest) => answer(request))
