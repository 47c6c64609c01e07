/**
 * What commit d67b753 stored in the browser, written as it wrote it: by its names, versions and
 * shapes, literally and by no code of today. Nothing here follows a rename.
 */

const PERSON = 'token:person'
export const RUN_COUNT = 1000
const FIRST_AT = Date.UTC(2026, 10, 1)
const MINUTE = 60_000

function oldPurchase(attempt: string, startedAt: number, more: object = {}) {
  return {
    attempt,
    way: 'page',
    usdMicros: 25_000_000,
    beforeUsdMicros: 10_000_000,
    startedAt,
    card: null,
    checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_old',
    sessionId: null,
    operationId: null,
    earlierEventIds: ['e-before'],
    ...more,
  }
}

/** In localStorage, by attempt. */
export const oldPurchases: Readonly<Record<string, object>> = {
  a1: {
    step: 'credited',
    at: FIRST_AT + 1000,
    purchase: oldPurchase('a1', FIRST_AT, { sessionId: 'cs_a1' }),
    afterUsdMicros: 35_000_000,
    evidence: { from: 'account-event', eventId: 'e1' },
  },
  a2: {
    step: 'failed',
    code: 'card-declined',
    at: FIRST_AT + 2 * MINUTE,
    purchase: oldPurchase('a2', FIRST_AT + MINUTE, {
      way: 'card',
      card: { brand: 'visa', last4: '4242' },
      checkoutUrl: null,
    }),
  },
  a3: {
    step: 'cancelled',
    at: FIRST_AT + 3 * MINUTE,
    purchase: oldPurchase('a3', FIRST_AT + 2 * MINUTE),
  },
}

/** In IndexedDB alone: the browser was killed before it had written localStorage. */
export const unfinishedPurchase = (startedAt: number): object => ({
  step: 'awaiting',
  at: startedAt + 1000,
  purchase: oldPurchase('b1', startedAt, { usdMicros: 50_000_000 }),
})

export function storeOldPurchases(): void {
  for (const [attempt, progress] of Object.entries(oldPurchases)) {
    localStorage.setItem(`comfyui-credits:purchase:${PERSON}:${attempt}`, JSON.stringify(progress))
  }
}

export async function storeOldPurchaseOnDisk(progress: object): Promise<void> {
  await fillDatabase('comfyui-credits-purchases', 1, (database) => {
    const purchases = database.createObjectStore('purchases', { keyPath: ['place', 'attempt'] })
    purchases.put({ place: PERSON, attempt: 'b1', text: JSON.stringify(progress) })
  })
}

/** Each third failed, each fifth was judged by the account. Minutes apart, oldest first. */
export const oldRuns = Array.from({ length: RUN_COUNT }, (_, index) => {
  const startedAt = FIRST_AT + index * MINUTE
  const outcome = index % 3 === 0 ? 'failed' : 'succeeded'
  return {
    promptId: `prompt-${index}`,
    number: index,
    purse: PERSON,
    workflow: `Workflow ${index % 7}`,
    workflowHash: `hash-${index % 7}`,
    source: 'button',
    batch: 1,
    startedAt,
    endedAt: startedAt + 9000,
    outcome,
    reason: outcome === 'failed' ? 'other' : null,
    calls: [
      {
        nodeId: '3:1',
        nodeType: 'SampleImageUltra',
        title: 'Sample Image Ultra',
        announcedCredits: 12.66,
        asked: 1,
        answers: [12.66],
        outcome,
        startedAt,
        endedAt: startedAt + 8000,
      },
    ],
    announcedCredits: 12.66,
  }
})

export const oldVerdictOf = (index: number) =>
  index % 5 === 0
    ? {
        usdMicros: 60_000,
        certainty: 'proved',
        promptId: `prompt-${index}`,
        word: index % 3 === 0 ? 'nothing-delivered' : 'charged',
        evidence: {
          match: 'job-id',
          eventIds: [`usage-${index}`],
          spans: [
            {
              from: { at: FIRST_AT + index * MINUTE, usdMicros: 10_060_000 },
              to: { at: FIRST_AT + index * MINUTE + 20_000, usdMicros: 10_000_000 },
            },
          ],
        },
        calls: [
          {
            nodeId: '3:1',
            usdMicros: 60_000,
            certainty: 'proved',
            measures: {
              model: 'aurora',
              inputTokens: 10,
              outputTokens: 20,
              images: 1,
              seconds: null,
            },
          },
        ],
        revised: null,
      }
    : null

export const oldReadings = Array.from({ length: 20 }, (_, index) => ({
  at: FIRST_AT + index * 50 * MINUTE,
  usdMicros: 20_000_000 - index * 60_000,
}))

/** Version 2 of Dexie's is 20 of the browser's. */
export async function storeOldRuns(): Promise<void> {
  await fillDatabase('comfyui-credits-runs', 20, (database) => {
    const runs = database.createObjectStore('runs', { keyPath: ['place', 'promptId'] })
    runs.createIndex('[place+startedAt]', ['place', 'startedAt'])
    runs.createIndex('startedAt', 'startedAt')
    const readings = database.createObjectStore('readings', { keyPath: ['place', 'at'] })
    readings.createIndex('at', 'at')
    const summaries = database.createObjectStore('summaries', {
      keyPath: ['place', 'startedAt', 'promptId'],
    })
    for (const [index, run] of oldRuns.entries()) {
      const verdict = oldVerdictOf(index)
      const { promptId, startedAt } = run
      runs.put({ place: PERSON, promptId, startedAt, run, ...(verdict && { verdict }) })
      summaries.put({ place: PERSON, ...oldSummary(index) })
    }
    for (const reading of oldReadings) readings.put({ place: PERSON, ...reading })
  })
}

/** As acc5ced stored it: version 3 of Dexie's is 30 of the browser's. */
export async function storeOldRunOfTwoNodes(): Promise<void> {
  const [call] = oldRuns[1]?.calls ?? []
  const nodes = ['A', 'B']
  const calls = nodes.map((title) => ({ ...call, nodeId: title, title }))
  const run = { ...oldRuns[1], promptId: 'two', calls, announcedCredits: 25.32 }
  const verdict = {
    ...oldVerdictOf(0),
    promptId: 'two',
    usdMicros: 180_000,
    calls: nodes.map((nodeId, index) => ({
      nodeId,
      usdMicros: 60_000 * (index + 1),
      certainty: 'proved',
      measures: null,
    })),
  }
  const summary = { ...oldSummary(1), promptId: 'two', nodes, calls: 2 }
  await fillDatabase('comfyui-credits-runs', 30, (database) => {
    const runs = database.createObjectStore('runs', { keyPath: ['place', 'promptId'] })
    runs.createIndex('[place+startedAt]', ['place', 'startedAt'])
    runs.createIndex('startedAt', 'startedAt')
    runs.createIndex('verdict.evidence.eventIds', 'verdict.evidence.eventIds', { multiEntry: true })
    const readings = database.createObjectStore('readings', { keyPath: ['place', 'at'] })
    readings.createIndex('at', 'at')
    const summaries = database.createObjectStore('summaries', {
      keyPath: ['place', 'startedAt', 'promptId'],
    })
    const events = database.createObjectStore('events', { keyPath: ['place', 'id'] })
    events.createIndex('at', 'at')
    runs.put({ place: PERSON, promptId: 'two', startedAt: run.startedAt, run, verdict })
    summaries.put({ place: PERSON, ...summary })
  })
}

export function oldSummary(index: number) {
  const run = oldRuns[index]
  if (!run) throw new Error(`There is no run ${index}`)
  const verdict = oldVerdictOf(index)
  return {
    promptId: run.promptId,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: run.outcome,
    reason: run.reason,
    workflow: run.workflow,
    workflowHash: run.workflowHash,
    announcedCredits: run.announcedCredits,
    nodes: ['Sample Image Ultra'],
    models: verdict ? ['aurora'] : [],
    calls: 1,
    inputTokens: verdict ? 10 : null,
    outputTokens: verdict ? 20 : null,
    cost: verdict && {
      usdMicros: verdict.usdMicros,
      certainty: verdict.certainty,
      word: verdict.word,
      revised: verdict.revised,
    },
  }
}

/** How the history was looked at, how much is kept, and the balance that was seen last. */
export function storeOldChoices(): void {
  const noFilter = { time: null, kinds: [], outcomes: [], nodes: [], models: [], certainties: [] }
  const view = {
    filter: { ...noFilter, workflows: ['Workflow 3'], text: 'aurora' },
    sort: { by: 'when', descending: false },
    group: 'workflow',
  }
  localStorage.setItem(`comfyui-credits:history-view:${PERSON}`, JSON.stringify(view))
  localStorage.setItem('comfyui-credits:retention:', JSON.stringify({ runs: 10_000, days: 365 }))
  const balance = { usdMicros: 12_340_000, at: FIRST_AT }
  localStorage.setItem(`comfyui-credits:balance:${PERSON}`, JSON.stringify(balance))
}

/** As ComfyUI stores them on its server. */
export const oldSettings: Readonly<Record<string, unknown>> = {
  'ComfyUICredits.Badge': true,
  'ComfyUICredits.RunToast': true,
  'ComfyUICredits.TakeOver': false,
}

function fillDatabase(
  name: string,
  version: number,
  fill: (database: IDBDatabase) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = window.indexedDB.open(name, version)
    opening.addEventListener('upgradeneeded', () => fill(opening.result))
    opening.addEventListener('success', () => {
      opening.result.close()
      resolve()
    })
    opening.addEventListener('error', () => reject(opening.error ?? new Error(name)))
  })
}
