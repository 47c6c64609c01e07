import fc from 'fast-check'

export interface ServerMessage {
  readonly type: string
  readonly detail: unknown
}

/** What one call of a run really cost: 0 where nothing was charged. */
export interface TrueCall {
  readonly nodeId: string
  readonly cents: number
  readonly times: number
}
export interface TrueRun {
  readonly tab: number
  readonly promptId: string
  readonly calls: readonly TrueCall[]
  readonly end: 'succeeded' | 'failed' | 'cancelled' | 'restarted'
}

/** 2.11 credits are a cent: these prices are exact in every billing account. */
export const credits = (cents: number): number => Math.round(cents * 211) / 100

const anyCall = (index: number) =>
  fc.record({
    nodeId: fc.constant(`${index + 1}`),
    cents: fc.integer({ min: 1, max: 500 }),
    times: fc.integer({ min: 1, max: 3 }),
  })
const anyRun = (index: number): fc.Arbitrary<TrueRun> =>
  fc.record({
    tab: fc.integer({ min: 0, max: 2 }),
    promptId: fc.constant(`run-${index}`),
    calls: fc
      .integer({ min: 0, max: 3 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => anyCall(at)))),
    end: fc.constantFrom('succeeded', 'failed', 'cancelled', 'restarted'),
  })
/** Runs of three tabs, in the order in which the server executes them. Tab 0 is this one. */
export const anyRuns: fc.Arbitrary<readonly TrueRun[]> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyRun(index))))

/** The messages about one run, and who gets them: only texts reach every tab. */
function messagesOf(run: TrueRun): (ServerMessage & { readonly everybody?: boolean })[] {
  const { promptId } = run
  const texts = ({ nodeId, cents, times }: TrueCall) => {
    const say = (status: string, price: string) => ({
      type: 'progress_text',
      detail: { nodeId, text: `Status: ${status}${price}\nTime elapsed: 0s` },
      everybody: true,
    })
    const price = `\nPrice: ${credits(cents)} credits`
    const each = Array.from({ length: times })
    return [
      {
        type: 'progress_state',
        detail: { prompt_id: promptId, nodes: { [nodeId]: { state: 'running' } } },
      },
      { type: 'executing', detail: nodeId },
      ...each.map(() => say('Waiting for server', '')),
      ...each.map(() => say('Completed', price)),
      say('Ready', price),
      {
        type: 'progress_state',
        detail: { prompt_id: promptId, nodes: { [nodeId]: { state: 'finished' } } },
      },
    ]
  }
  return [
    { type: 'execution_start', detail: { prompt_id: promptId } },
    ...run.calls.flatMap(texts),
    ...endOf(run),
  ]
}

function endOf({ promptId, end }: TrueRun): ServerMessage[] {
  const error = (exception_type: string) => ({
    type: 'execution_error',
    detail: { prompt_id: promptId, node_id: '1', exception_type },
  })
  const idle = { type: 'executing', detail: null }
  switch (end) {
    case 'succeeded':
      return [{ type: 'execution_success', detail: { prompt_id: promptId } }, idle]
    case 'failed':
      return [error('Exception'), idle]
    case 'cancelled':
      return [error('comfy_api_nodes.ProcessingInterrupted'), idle]
    case 'restarted':
      return [
        { type: 'status', detail: null },
        { type: 'reconnecting', detail: null },
        { type: 'reconnected', detail: null },
        { type: 'status', detail: { exec_info: { queue_remaining: 0 } } },
      ]
  }
}

/** The messages of all runs that reach one tab. */
export function heard(runs: readonly TrueRun[], tab = 0): ServerMessage[] {
  return runs.flatMap((run) =>
    messagesOf(run).filter(({ everybody }) => run.tab === tab || everybody === true),
  )
}

export const totalCents = (runs: readonly TrueRun[]): number =>
  runs.flatMap(({ calls }) => calls).reduce((sum, { cents, times }) => sum + cents * times, 0)
