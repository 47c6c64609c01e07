import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { ServiceError } from '../errors.ts'
import type { ArrivedJson } from '../http/parse-json.ts'
import { WorkerPool } from '../worker-pool.ts'
import { readAnswer, readCall, type ReadAnswer, type ReadCall } from './call-tasks.ts'
import type { CallReply, CallTask } from './call-worker.ts'

/**
 * Less is read at once where it arrived: about 10 ms for the JSON that takes longest, many objects with
 * a name of its own in each.
 */
const SMALL_BYTES = 64 * 1024
/** One processor is left to the event loop. */
const MOST_WORKERS = Math.min(4, Math.max(1, availableParallelism() - 1))
/** The largest bodies take half a second, and a busy machine many times as long. */
const ANSWER_MS = 30_000
/** 24 MB of a text that is no Latin take about 200 MB while they are read and written. */
const HEAP_MB = 512

/** Reads the bodies of calls and answers; large ones do not hold the event loop. */
export class CallReader {
  readonly #workers = new WorkerPool<CallTask, CallReply>({
    most: MOST_WORKERS,
    answerMs: ANSWER_MS,
    start: startWorker,
  })

  /** See `readCall`. Large bytes are gone afterwards. */
  async call(path: string, json: ArrivedJson): Promise<ReadCall> {
    const { bytes } = json
    if (bytes.length <= SMALL_BYTES) return readCall(path, json)
    const reply = await this.#workers.run({ kind: 'call', path, json }, [bytes.buffer])
    if (reply.kind === 'call') return reply.read
    throw unexpected(reply)
  }

  /** See `readAnswer`. Large bytes are gone afterwards. */
  async answer(bytes: Uint8Array<ArrayBuffer>): Promise<ReadAnswer | null> {
    if (bytes.length <= SMALL_BYTES) return readAnswer(bytes)
    const reply = await this.#workers.run({ kind: 'answer', bytes }, [bytes.buffer])
    if (reply.kind === 'answer') return reply.read
    throw unexpected(reply)
  }

  /** Whatever it still reads is rejected. */
  close(): Promise<void> {
    return this.#workers.close()
  }
}

function unexpected(reply: CallReply): Error {
  if (reply.kind === 'refusal') return new ServiceError(reply.code, reply.message)
  return new Error(`A worker thread did what it was not asked: ${reply.kind}.`)
}

function startWorker(): Worker {
  return new Worker(new URL('call-worker.mjs', import.meta.url), {
    // It needs none of the service's secrets, nor what else is loaded into its process.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
}
