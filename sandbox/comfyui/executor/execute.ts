import { z } from 'zod'
import type { NodeCatalog } from '../../nodes/catalog.ts'
import { Interrupted, NodeError } from '../../nodes/errors.ts'
import type { ImageStore } from '../../nodes/image-store.ts'
import type { CreditsGateway, NodeUi, RunAccount, SandboxNode } from '../../nodes/types.ts'
import { type NodeOutput, type OutputCache, cacheKeys } from './cache.ts'
import type { ExecutionErrorData, RunSink } from './events.ts'
import { type InputLists, callOverLists } from './map-lists.ts'
import { ExecutionOrder } from './order.ts'
import { createProgress } from './progress.ts'
import { type Prompt, asLink } from './prompt.ts'

/** A prompt that passed validation. */
export interface Job {
  readonly promptId: string
  readonly prompt: Prompt
  /** Ids of the output nodes to run. */
  readonly outputs: readonly string[]
  readonly account: RunAccount
}

/** What lasts from run to run. */
export interface Workshop {
  readonly catalog: NodeCatalog
  readonly cache: OutputCache
  readonly images: ImageStore
  readonly gateway: CreditsGateway
}

export interface JobOutcome {
  readonly status: 'success' | 'error' | 'interrupted'
  /** What output nodes showed, by node id. */
  readonly outputs: Readonly<Record<string, NodeUi>>
  readonly error: ExecutionErrorData | null
}

type Settled = { readonly id: string } & (
  | { readonly output: NodeOutput }
  | { readonly failure: unknown }
)

/**
 * Runs a job to its end and sends every step to the sink in ComfyUI's order. A failing node is a
 * result, never a rejection. Local nodes run one after the other. API nodes run at the same time as
 * they and each other, like ComfyUI's asynchronous nodes.
 */
export async function executeJob(
  job: Job,
  workshop: Workshop,
  sink: RunSink,
  signal: AbortSignal,
): Promise<JobOutcome> {
  return await new Execution(job, workshop, sink, signal).run()
}

class Execution {
  readonly #progress
  readonly #executed: string[] = []
  readonly #shown: Record<string, NodeUi> = {}
  readonly #running = new Map<string, Promise<Settled>>()
  /** Ends the nodes that still run after another one has failed. */
  readonly #siblings = new AbortController()
  readonly #signal: AbortSignal
  #keys: ReadonlyMap<string, string> = new Map()

  constructor(
    private readonly job: Job,
    private readonly workshop: Workshop,
    private readonly sink: RunSink,
    private readonly interrupt: AbortSignal,
  ) {
    this.#progress = createProgress(job.promptId, sink)
    this.#signal = AbortSignal.any([interrupt, this.#siblings.signal])
  }

  async run(): Promise<JobOutcome> {
    const { cache, catalog, images } = this.workshop
    this.sink.send({ type: 'execution_start', data: this.#stamp() })
    this.#keys = await cacheKeys(this.job.prompt, catalog, images)
    cache.retain(new Set(this.#keys.values()))
    const cached = Object.keys(this.job.prompt).filter((id) => this.#cached(id))
    this.sink.send({ type: 'execution_cached', data: { nodes: cached, ...this.#stamp() } })

    const failed = await this.#runAll()
    if (failed) return await this.#fail(failed)
    this.sink.send({ type: 'execution_success', data: this.#stamp() })
    return { status: 'success', outputs: this.#shown, error: null }
  }

  /** Runs what the outputs need, and returns the node that failed, if any. */
  async #runAll(): Promise<(Settled & { failure: unknown }) | null> {
    const order = new ExecutionOrder(
      this.job.prompt,
      {
        isCached: (id) => this.#cached(id) !== undefined,
        isOutput: (id) => this.#kind(id).face.isOutput ?? false,
        isApi: (id) => this.#kind(id).face.api !== undefined,
      },
      this.job.outputs,
    )
    while (!order.isDone) {
      const settled = await this.#step(order.takeNext())
      if (settled === null) continue
      if ('failure' in settled) return settled
      this.#finish(settled.id, settled.output)
      order.complete(settled.id)
    }
    return null
  }

  /** Starts the node (null: none is ready) and returns a finished node, if any. */
  async #step(id: string | null): Promise<Settled | null> {
    if (id === null) {
      const settled = await Promise.race(this.#running.values())
      this.#running.delete(settled.id)
      return settled
    }
    const cached = this.#cached(id)
    if (cached) return { id, output: cached }
    if (this.interrupt.aborted) {
      return { id, failure: new Interrupted('The run was interrupted.') }
    }
    const work = this.#start(id)
    if (!this.#kind(id).face.api) return await work
    this.#running.set(id, work)
    return null
  }

  async #start(id: string): Promise<Settled> {
    this.#progress.start(id)
    this.sink.send({
      type: 'executing',
      data: { node: id, display_node: id, prompt_id: this.job.promptId },
    })
    const node = this.#kind(id)
    try {
      const output = await callOverLists(node.face, this.#inputs(id), (inputs) =>
        node.run(inputs, {
          promptId: this.job.promptId,
          nodeId: id,
          classType: node.face.name,
          account: this.job.account,
          signal: this.#signal,
          images: this.workshop.images,
          gateway: this.workshop.gateway,
          showText: (text) => this.sink.broadcastText(id, text),
          showProgress: (value, max) => this.#progress.update(id, value, max),
        }),
      )
      return { id, output }
    } catch (failure) {
      return { id, failure }
    }
  }

  #finish(id: string, output: NodeOutput): void {
    this.workshop.cache.set(this.#key(id), output)
    this.#executed.push(id)
    if (output.ui) {
      this.#shown[id] = output.ui
      this.sink.send({
        type: 'executed',
        data: { node: id, display_node: id, output: output.ui, prompt_id: this.job.promptId },
      })
    }
    this.#progress.finish(id)
  }

  async #fail({ id, failure }: { id: string; failure: unknown }): Promise<JobOutcome> {
    this.#siblings.abort()
    await Promise.all(this.#running.values())
    const common = {
      ...this.#stamp(),
      node_id: id,
      node_type: this.#kind(id).face.name,
      executed: this.#executed,
    }
    if (failure instanceof Interrupted) {
      this.sink.send({ type: 'execution_interrupted', data: common })
      return { status: 'interrupted', outputs: this.#shown, error: null }
    }
    const data: ExecutionErrorData = {
      ...common,
      exception_message: `${wordsOf(failure)}\n`,
      exception_type: failure instanceof NodeError ? failure.exceptionType : 'Exception',
      traceback: [],
      current_inputs: {},
      current_outputs: Object.keys(this.job.prompt),
    }
    this.sink.send({ type: 'execution_error', data })
    return { status: 'error', outputs: this.#shown, error: data }
  }

  #inputs(id: string): InputLists {
    const inputs = this.job.prompt[id]?.inputs ?? {}
    return Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => {
        const link = asLink(value)
        return [name, link ? (this.#cached(link.from)?.outputs[link.output] ?? []) : [value]]
      }),
    )
  }

  #cached(id: string): NodeOutput | undefined {
    return this.workshop.cache.get(this.#key(id))
  }

  #key(id: string): string {
    const key = this.#keys.get(id)
    if (key === undefined) throw new Error(`Node ${id} is not in the prompt.`)
    return key
  }

  #kind(id: string): SandboxNode {
    const node = this.workshop.catalog.get(this.job.prompt[id]?.class_type ?? '')
    if (!node)
      throw new Error(`Node ${id} is of no known class; validation should have refused it.`)
    return node
  }

  #stamp() {
    return { prompt_id: this.job.promptId, timestamp: Date.now() }
  }
}

function wordsOf(failure: unknown): string {
  if (failure instanceof z.ZodError) return z.prettifyError(failure)
  return failure instanceof Error ? failure.message : String(failure)
}
