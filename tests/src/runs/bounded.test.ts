import { describe, expect, it } from 'vitest'
import { parseRunEvent } from '../../../src/runs/run-event.ts'
import {
  emptyRecorder,
  record,
  type HostFacts,
  type RecorderState,
} from '../../../src/runs/recorder.ts'
import { runs } from '../support/runs.ts'

const BOOK = 'x'.repeat(1_000_000)
const facts: HostFacts = {
  purse: 'mine',
  workflow: BOOK,
  node: () => ({ type: BOOK, title: BOOK }),
}

/** What a page keeps of all that it received, whatever that was: a few megabytes. */
const MOST_BYTES = 12_000_000

class Page {
  state: RecorderState = emptyRecorder
  count = 0

  tell(type: string, detail: unknown): void {
    this.count += 1
    const event = parseRunEvent({ type, detail, at: this.count })
    if (event) this.state = record(this.state, event, facts)
  }

  /** A node asks, answers and says its price, in a run or outside of every one. */
  node(prompt_id: string, nodeId: string): void {
    this.tell('progress_state', { prompt_id, nodes: { [nodeId]: { state: 'running' } } })
    this.tell('executing', nodeId)
    this.tell('progress_text', { nodeId, text: 'Status: Waiting for server\nTime elapsed: 0s' })
    this.tell('progress_text', { nodeId, text: 'Status: Completed\nPrice: 3 credits' })
  }

  get bytes(): number {
    return JSON.stringify(this.state).length
  }
}

/** Each tells what it does a little differently for each `index`, for ever. */
const mixtures: Record<string, (page: Page, index: number) => void> = {
  'runs that end': (page, index) => {
    page.tell('promptQueueing', { requestId: index, batchCount: 1 })
    page.tell('credits_sent', { send: index, source: 'button', batch: 1 })
    page.tell('credits_accepted', { prompt_id: `p${index}`, number: index, send: index })
    page.tell('execution_start', { prompt_id: `p${index}` })
    page.node(`p${index}`, `${index}`)
    page.tell('execution_success', { prompt_id: `p${index}` })
  },
  'requests without an answer, answers without a run, refusals': (page, index) => {
    page.tell('promptQueueing', { requestId: index, batchCount: 1e9 })
    page.tell('credits_sent', { send: index, source: 'x'.repeat(200), batch: 1e9 })
    page.tell('credits_accepted', { prompt_id: `never-${index}`, number: index })
    page.tell('credits_refused', { code: 'x'.repeat(200) })
  },
  'ends and states of runs that nobody began': (page, index) => {
    page.tell('execution_success', { prompt_id: `unknown-${index}` })
    page.tell('execution_error', { prompt_id: `unknown too ${index}`, exception_message: BOOK })
    page.tell('progress_state', {
      prompt_id: `u${index}`,
      nodes: { [index]: { state: 'running' } },
    })
  },
  'ever new nodes in one run': (page, index) =>
    page.node('the one run', `${index}`.padEnd(200, '.')),
  'one node that asks for ever': (page) => page.node('the other run', '1'),
  'texts of strangers, and books': (page, index) => {
    page.tell('progress_text', { nodeId: `s${index}`, text: `Status: A\nPrice: ${index} credits` })
    page.tell('progress_text', { nodeId: '1', text: BOOK })
    page.tell('progress_text', { nodeId: BOOK, text: 'Status: Completed\nPrice: 1 credits' })
    page.tell('execution_start', { prompt_id: BOOK })
  },
  'a line that is lost and comes back': (page, index) => {
    page.tell('status', null)
    page.tell('execution_start', { prompt_id: `line-${index}` })
    page.tell('executing', `${index}`)
    page.tell('status', { exec_info: { queue_remaining: index % 2 } })
  },
}

describe('a page that stays open', () => {
  it('does not grow: up to a million events of runs, strangers, nonsense and books', () => {
    const page = new Page()
    const all = Object.values(mixtures)
    const EVENTS = runs(1_000_000, 30_000)
    let largest = 0
    // Each mixture for a while, and then the next: a run with a thousand calls meets all of them.
    for (let index = 0; page.count < EVENTS; index += 1) {
      all[Math.trunc(index / 500) % all.length]?.(page, index)
      if (index % 7000 === 0) largest = Math.max(largest, page.bytes)
    }
    expect(page.count).toBeGreaterThanOrEqual(EVENTS)
    expect(Math.max(largest, page.bytes)).toBeLessThan(MOST_BYTES)
    expect(page.state.ended.length).toBeLessThanOrEqual(500)
    expect(page.state.ended.flatMap(({ calls }) => calls).length).toBeLessThanOrEqual(5000)
  }, 300_000)

  it.each(Object.entries(mixtures))('does not grow by %s alone', (_what, mixture) => {
    const page = new Page()
    // Enough for what is bounded to be full after the first of them.
    const MORE = runs(3000, 1000)
    const sizes = [MORE, MORE].map((more) => {
      for (let index = 0; index < more; index += 1) mixture(page, page.count)
      return page.bytes
    })
    const [first = 0, second = 0] = sizes
    expect(second).toBeLessThan(first * 1.2 + 1000)
  })

  it('still counts the last of ten thousand nodes of one run', () => {
    const page = new Page()
    page.tell('execution_start', { prompt_id: 'p' })
    for (let node = 0; node < 10_000; node += 1) page.tell('executing', `${node}`)
    page.node('p', 'the last')
    expect(page.state.open?.run.calls).toMatchObject([{ nodeId: 'the last', announcedCredits: 3 }])
  })
})
