import type { Pinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'
import { createPanelHost, type PanelHost } from '../../../sandbox/panel/host.ts'
import type { Api } from '../../../src/api/port.ts'
import { useEstimateStore } from '../../../src/estimate/store.ts'
import { useReservationsStore } from '../../../src/reservations/store.ts'
import { useRunArchiveStore } from '../../../src/run-archive/store.ts'
import { useRunsStore } from '../../../src/runs/store.ts'
import type { Account, OpenWorkflow } from '../../../src/host/port.ts'
import { combo, int, nodeType, usd, workflow } from '../../support/builders/workflow.ts'
import { InThreadWorker } from '../support/in-thread-worker.ts'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
/** Who pays is not known: an estimate does not depend on it. */
const call = (() => () => new Promise(() => {})) as unknown as Api['call']
const PERSON: Account = { id: 'token:person', login: 'token' }

const types: Readonly<Record<string, object>> = {
  Paid: nodeType({
    required: { n: int({ default: 1 }), seed: int({ control_after_generate: true }) },
    price: { expr: '{"usd": widgets.n * 0.1}', widgets: { n: 'INT' } },
    more: { output_node: true },
  }),
  Free: nodeType({ more: { output_node: true } }),
  Unlisted: nodeType({
    required: { model: combo('small', 'large'), prompt: ['STRING', {}] },
    more: { api_node: true, output_node: true },
  }),
  Zero: nodeType({ price: { expr: usd(0) }, more: { output_node: true } }),
}

function canvas(nodes: Parameters<typeof workflow>[0]): OpenWorkflow {
  return { workflow: workflow(nodes), nodeType: (type) => types[type] }
}
const paid = (n: number) => canvas([{ id: 1, type: 'Paid', widgets: [n, 7, 'randomize'] }])

/** Who pays is known: $10 are left. */
const payer = (() => () =>
  Promise.resolve({ currency: 'usd', amount_micros: 1000 })) as unknown as Api['call']

let pinia: Pinia

async function open(host: PanelHost, by = call) {
  const view = await mounted(
    defineComponent(() => {
      useEstimateStore()
      useReservationsStore()
      return () => null
    }),
    { host, api: { call: by } },
  )
  pinia = view.vm.$pinia
  // What the host reports before that is for the recorder alone.
  await vi.waitFor(() => {
    expect(useRunsStore(pinia).recording).toBe(true)
    expect(useRunArchiveStore(pinia).followCosts).not.toBeNull()
  })
  return useEstimateStore(pinia)
}

const hostWith = (openWorkflow: OpenWorkflow | null, account: Account | null = PERSON) =>
  createPanelHost({ account, openWorkflow, options: ['estimate'] })

const typical = (store: Awaited<ReturnType<typeof open>>) => store.current?.total.typicalUsdMicros

beforeEach(() => {
  InThreadWorker.started = 0
  vi.stubGlobal('Worker', InThreadWorker)
})

describe('the estimate of the open workflow', () => {
  it('is there after the login, and follows the canvas and the batch count', async () => {
    const host = hostWith(paid(1))
    const store = await open(host)
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
    host.draw(paid(3))
    await vi.waitFor(() => expect(typical(store)).toBe(300_000))
    host.chooseBatchCount(4)
    await vi.waitFor(() => expect(typical(store)).toBe(1_200_000))
    expect(store.hasCost).toBe(true)
    host.draw(null)
    await vi.waitFor(() => expect(store.current).toBeNull())
    expect(store.hasCost).toBe(false)
  })

  it('asks again by itself where a busy machine took too long for a price', async () => {
    class BusyAtFirst extends InThreadWorker {
      constructor() {
        super()
        if (InThreadWorker.started === 1) Object.assign(this, { postMessage: () => {} })
      }
    }
    vi.stubGlobal('Worker', BusyAtFirst)
    const store = await open(hostWith(paid(1)))
    await vi.waitFor(() => expect(store.current?.total.unknown).toBe(1))
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
  })

  it('waits until a person who drags a slider is done', async () => {
    const host = hostWith(paid(1))
    const read = vi.spyOn(host, 'openWorkflow')
    const store = await open(host)
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
    read.mockClear()
    for (let n = 2; n <= 20; n += 1) host.draw(paid(n))
    await vi.waitFor(() => expect(typical(store)).toBe(2_000_000))
    expect(read).toHaveBeenCalledOnce()
  })

  it('goes with the login, and with its option', async () => {
    const host = hostWith(paid(1))
    const store = await open(host)
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
    host.logout()
    expect(store.current).toBeNull()
    expect(await store.estimateNow(1)).toBeNull()
    host.login(PERSON)
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
    host.choose('estimate', false)
    expect(store.current).toBeNull()
    // A guard still needs it.
    expect((await store.estimateNow(2))?.total.typicalUsdMicros).toBe(200_000)
  })

  it('has no cost where no partner node is, and starts no worker for it', async () => {
    const host = hostWith(canvas([{ id: 1, type: 'Free' }]))
    const store = await open(host)
    await vi.waitFor(() => expect(store.current).not.toBeNull())
    expect([store.hasCost, InThreadWorker.started]).toEqual([false, 0])
    host.draw(canvas([{ id: 1, type: 'Zero' }]))
    await vi.waitFor(() => expect(store.current?.nodes).toHaveLength(1))
    expect([store.hasCost, InThreadWorker.started]).toEqual([false, 1])
  })

  it('is null where the workflow cannot be read', async () => {
    const store = await open(hostWith({ workflow: 7, nodeType: () => undefined }))
    expect(await store.estimateNow(1)).toBeNull()
    const fails = () => {
      throw new Error('A custom node.')
    }
    const other = await open(hostWith({ ...paid(1), nodeType: fails }))
    expect(await other.estimateNow(1)).toBeNull()
    const host = hostWith(paid(1))
    const unready = await open({ ...host, openWorkflow: fails })
    expect(await unready.estimateNow(1)).toBeNull()
  })

  it.each([
    [['credits_accepted', 'execution_success']],
    // On a busy page the server's answer is heard after the run's end.
    [['execution_success', 'credits_accepted']],
  ])('takes what the last run has made for likely free while unchanged: %j', async (heard) => {
    const host = hostWith(paid(1))
    const store = await open(host)
    await vi.waitFor(() => expect(typical(store)).toBe(100_000))
    const tell = (type: string, detail: object) => host.tell({ type, detail, at: Date.now() })
    let runs = 0
    const now = async () => (await store.estimateNow(1))?.nodes[0]?.run
    await vi.waitFor(async () => {
      const run = { prompt_id: `p${(runs += 1)}`, workflow: paid(1).workflow }
      for (const type of heard) tell(type, run)
      expect(await now()).toBe('likely-cached')
    })
    host.draw(paid(2))
    expect(await now()).toBe('yes')
    host.draw(paid(1))
    expect(await now()).toBe('likely-cached')
    tell('reconnecting', {})
    expect(await now()).toBe('yes')
  })
})

describe('what a run has cost', () => {
  it('is the price of a node that has none, at the same settings', async () => {
    const unlisted = (prompt: string) =>
      canvas([{ id: 1, type: 'Unlisted', widgets: ['large', prompt] }])
    const host = hostWith(unlisted('a cat'))
    const store = await open(host, payer)
    await vi.waitFor(() => expect(store.current?.total.unknown).toBe(1))
    // What is asked for now is followed.
    await store.estimateNow(1)
    const inputs = { model: 'large', prompt: 'a cat' }
    const tell = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
    const text = (status: string) => ({ nodeId: '1', text: `Status: ${status}\nTime elapsed: 0s` })
    tell('credits_accepted', {
      prompt_id: 'p',
      output: { 1: { class_type: 'Unlisted', inputs } },
      workflow: unlisted('a cat').workflow,
    })
    tell('execution_start', { prompt_id: 'p' })
    tell('executing', '1')
    tell('progress_text', text('Waiting for server'))
    tell('progress_text', text('Completed\nPrice: 12.66 credits'))
    tell('execution_success', { prompt_id: 'p' })
    host.draw(unlisted('a dog'))
    await vi.waitFor(() => expect(typical(store)).toBe(60_000))
    expect(store.current?.nodes[0]?.learnt?.runs).toBe(1)
    expect(store.current?.total.unknown).toBe(0)
    // One that another extension sends by itself.
    const reservations = useReservationsStore(pinia)
    tell('credits_accepted', {
      prompt_id: 'past-us',
      output: { 1: { class_type: 'Unlisted', inputs: { ...inputs, prompt: 'a bird' } } },
    })
    await vi.waitFor(() => {
      const taken = reservations.own().find(({ id }) => id === 'past-us')
      expect(taken?.expected?.usdMicros).toBe(60_000)
    })
  })
})
