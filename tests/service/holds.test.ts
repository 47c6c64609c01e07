import { EventEmitter, once } from 'node:events'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { balanceSchema } from '@comfyui-credits/contract/schemas'
import { adminOf } from '../../service/admin.ts'
import { audit } from '../../service/audit/audit.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { accounts, holds } from '../../service/database/schema.ts'
import { attendHold, chargeHold, listHoldProblems } from '../../service/proxy/hold-problems.ts'
import { openHoldPatiently } from '../../service/proxy/holds.ts'
import { settleCall } from '../../service/proxy/settle-call.ts'
import { CallReader } from '../../service/proxy/call-reader.ts'
import { takeOverHolds } from '../../service/proxy/take-over.ts'
import { openTestHold } from './support/holds.ts'
import { smallPicture } from './support/pictures.ts'
import { openWorld, type Person, type World } from './support/service.ts'

const CENT = 10_000
const USD = 1_000_000

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
afterEach(() => {
  world.partner.answer = () => Response.json({ id: 'job', status: 'succeeded' })
})

async function balance(person: Person) {
  return balanceSchema.parse(await (await person.get('/customers/balance')).json())
}

async function accountOf({ subject }: { subject: string }) {
  const account = await findAccount(world.database.db, subject)
  if (!account) throw new Error('There is no such account.')
  return account
}

describe('200 calls at once with one cent', () => {
  it.each([
    ['/aurora/v1/images', { quality: 'high', n: 4 }, { images: 4 }, 0],
    ['/aurora/v1/upscale', { image: smallPicture }, { megapixels: 64 }, 1],
    ['/lexis/v1/chat', { max_tokens: 5_000 }, { input_tokens: 10, output_tokens: 5_000 }, 2],
  ])('of %s buy what a cent covers, and no more', async (path, body, usage, covered) => {
    const instances = [world.service(), world.service()] as const
    const person = await instances[0].person(CENT)
    world.partner.answer = () => Response.json({ id: 'job', usage })
    const before = world.partner.requests.length
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        instances[index % 2 === 0 ? 0 : 1].fetch(`/proxy${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { Authorization: `Bearer ${person.token}` },
        }),
      ),
    )
    expect(world.partner.requests).toHaveLength(before + covered)
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(200 - covered)
    expect((await balance(person)).amount_micros).toBeGreaterThanOrEqual(0)
  })
})

describe('what a call reserves', () => {
  it('is pending and not missing, and is not there for another call', async () => {
    const service = world.service()
    const person = await service.person(USD)
    const call = () => person.post('/proxy/forma/v1/models', { texture: true })
    let during: unknown
    let second = 0
    world.partner.answer = async () => {
      during = await balance(person)
      second = (await call()).status
      return Response.json({ id: 'job' })
    }
    expect((await call()).status).toBe(200)
    expect(second).toBe(402)
    expect(during).toMatchObject({
      amount_micros: 100,
      pending_charges_micros: 80,
      effective_balance_micros: 20,
    })
  })

  it('is exceeded only by what nobody has reserved; the rest is listed', async () => {
    const person = await world.service().person(3 * CENT)
    const account = await accountOf(person)
    await openTestHold(world.database.db, account.id, { estimateUsdMicros: CENT })
    world.partner.answer = () => Response.json({ id: 'job', usage: { megapixels: 3.5 } })
    const response = await person.post('/proxy/aurora/v1/upscale', { image: smallPicture })
    expect(response.headers.get('X-Comfy-Credits-Used')).toBe('4.22')
    const hold = (await person.holds()).find(({ path }) => path.endsWith('upscale'))
    expect(hold).toMatchObject({
      state: 'captured',
      capturedUsdMicros: 2 * CENT,
      excessUsdMicros: 15_000,
      problem: 'excess',
    })
    expect(await accountOf(person)).toMatchObject({ balanceUsdMicros: CENT, heldUsdMicros: CENT })
  })

  it('is released and listed where the partner may have worked for nothing', async () => {
    const person = await world.service().person(USD)
    world.partner.answer = () => new Response('<html>')
    expect((await person.post('/proxy/aurora/v1/images', {})).status).toBe(502)
    expect((await person.holds())[0]).toMatchObject({ state: 'released', problem: 'unanswered' })
    world.partner.answer = () => Response.json({}, { status: 500 })
    expect((await person.post('/proxy/aurora/v1/images', {})).status).toBe(500)
    expect((await person.holds())[0]).toMatchObject({ state: 'released', problem: null })
  })

  it('ends once: the database refuses another end, and to forget it', async () => {
    const person = await world.service().person(USD)
    await person.post('/proxy/aurora/v1/images', {})
    const [hold] = await person.holds()
    const { db } = world.database
    const mine = eq(holds.id, hold?.id ?? '')
    await expect(db.update(holds).set({ capturedUsdMicros: 1 }).where(mine)).rejects.toThrow(
      'update',
    )
    await expect(db.delete(holds).where(mine)).rejects.toThrow('delete')
    expect(await person.holds()).toEqual([hold])
  })
})

describe('calls whose process is gone', () => {
  const log = pino({ level: 'silent' })
  const deps = () => ({
    db: world.database.db,
    admission: 'strict' as const,
    concurrency: null,
    log,
    partnerBaseUrl: world.partner.url,
    reader: new CallReader(),
    stopped: new AbortController().signal,
  })
  /** As a killed process leaves it, some minutes later. */
  async function abandoned(person: Person, hold: Parameters<typeof openTestHold>[2] = {}) {
    const { id } = await accountOf(person)
    return openTestHold(world.database.db, id, { expiresAt: new Date(0), ...hold })
  }

  it('are asked about by their key; the work is charged, its job is the payer’s, and its event names the run', async () => {
    const person = await world.service().person(USD)
    const hold = await abandoned(person, {
      path: '/tempo/v1/videos',
      terms: { duration: 5, resolution: '720p' },
      estimateUsdMicros: 350_000,
      jobId: 'prompt-9',
      nodeType: 'SampleVideo',
    })
    world.partner.answer = ({ method, query }) =>
      method === 'GET' && query.get('idempotency_key') === hold.id
        ? Response.json({ id: 'job-9', status: 'queued', usage: { seconds: 4 } })
        : Response.json({}, { status: 500 })
    await Promise.all([takeOverHolds(deps()), takeOverHolds(deps())])
    expect(await accountOf(person)).toMatchObject({
      balanceUsdMicros: USD - 280_000,
      heldUsdMicros: 0,
    })
    const events = await (await person.get('/customers/events?filter=api_usage_completed')).json()
    expect(events).toMatchObject({
      total: 1,
      events: [{ params: { job_id: 'prompt-9', node_type: 'SampleVideo', outcome: 'succeeded' } }],
    })
    world.partner.answer = () => Response.json({ id: 'job-9', status: 'running' })
    expect((await person.get('/proxy/tempo/v1/videos/job-9')).status).toBe(200)
  })

  it('are released if they never reached the partner', async () => {
    const person = await world.service().person(USD)
    await abandoned(person)
    world.partner.answer = () =>
      Response.json({ error: { type: 'unknown_call', message: 'no' } }, { status: 404 })
    await takeOverHolds(deps())
    expect((await person.holds())[0]).toMatchObject({ state: 'released', problem: null })
    expect(await accountOf(person)).toMatchObject({ balanceUsdMicros: USD, heldUsdMicros: 0 })
  })

  it('are listed if the partner did the work after it had said that it never got them', async () => {
    const person = await world.service().person(USD)
    const asked = new EventEmitter()
    world.partner.answer = async ({ method }) => {
      if (method === 'GET') {
        return Response.json({ error: { type: 'unknown_call' } }, { status: 404 })
      }
      asked.emit('reached')
      await once(asked, 'release')
      return Response.json({ id: 'late', usage: { seconds: 5 } })
    }
    const reached = once(asked, 'reached')
    const call = person.post('/proxy/tempo/v1/videos', {})
    await reached
    // As after a jump of the clock: its process lives, and its time is up.
    const [hold] = await person.holds()
    await world.database.db
      .update(holds)
      .set({ expiresAt: new Date(0) })
      .where(eq(holds.id, hold?.id ?? ''))
    await takeOverHolds(deps())
    asked.emit('release')
    expect((await call).headers.get('X-Comfy-Credits-Used')).toBe('0.00')
    expect((await person.holds())[0]).toMatchObject({
      state: 'released',
      excessUsdMicros: 350_000,
      problem: 'excess',
    })
    expect(await accountOf(person)).toMatchObject({ balanceUsdMicros: USD, heldUsdMicros: 0 })
  })

  it.each([
    ['does not know the question', () => Response.json({ error: 'no' }, { status: 404 })],
    ['answers what nobody can read', () => Response.json({ usage: { images: -1 } })],
  ])('stay reserved while the partner %s, and are listed in the end', async (_, answer) => {
    const person = await world.service().person(USD)
    const { id } = await abandoned(person)
    world.partner.answer = answer
    await takeOverHolds(deps())
    // Not at once again.
    const asked = world.partner.requests.length
    await takeOverHolds(deps())
    expect(world.partner.requests).toHaveLength(asked)
    const [waiting] = await person.holds()
    expect(waiting).toMatchObject({ state: 'open', attempts: 1 })
    expect(waiting?.expiresAt.getTime()).toBeGreaterThan(Date.now())
    await world.database.db
      .update(holds)
      .set({ attempts: 12, expiresAt: new Date(0) })
      .where(eq(holds.id, id))
    await takeOverHolds(deps())
    expect((await person.holds())[0]).toMatchObject({ state: 'unresolved', problem: 'unresolved' })
    expect(await accountOf(person)).toMatchObject({ balanceUsdMicros: USD, heldUsdMicros: 0 })
  })

  it('are left to their process while it can still end them', async () => {
    const person = await world.service().person(USD)
    const { id } = await abandoned(person, { expiresAt: new Date(Date.now() + 60_000) })
    await takeOverHolds(deps())
    expect((await person.holds())[0]).toMatchObject({ id, state: 'open', attempts: 0 })
  })
})

describe('what a person must look at', () => {
  it('is listed until they have dealt with it, by release or by charge', async () => {
    const { db } = world.database
    const person = await world.service().person(USD)
    const { id: accountId } = await accountOf(person)
    const unresolved = { state: 'unresolved', problem: 'unresolved', endedAt: new Date() } as const
    const [released, charged] = [
      await openTestHold(db, accountId, unresolved),
      await openTestHold(db, accountId, unresolved),
    ]
    world.partner.answer = () => new Response('<html>')
    await person.post('/proxy/aurora/v1/images', {})
    const listed = async () =>
      (await listHoldProblems(db)).filter((hold) => hold.accountId === accountId)
    expect((await listed()).map(({ problem }) => problem)).toEqual([
      'unresolved',
      'unresolved',
      'unanswered',
    ])
    const unanswered = (await listed())[2]?.id ?? ''
    await expect(chargeHold(db, unanswered)).rejects.toThrow('adjustment')
    await attendHold(db, unanswered)
    await attendHold(db, released.id)
    await chargeHold(db, charged.id)
    await expect(chargeHold(db, charged.id)).rejects.toThrow('No call')
    expect(await listed()).toEqual([])
    expect(await accountOf(person)).toMatchObject({ balanceUsdMicros: USD - 20_000 })
    await expect(attendHold(db, 'no id')).rejects.toThrow('No call')
  })
})

/** Prices lie around estimates: less, more than the account has, beyond all reason. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('hold'), usd: fc.nat(60_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('capture'), usd: fc.nat(300_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release'), usd: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash'), usd: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('top up'), usd: fc.integer({ min: 1, max: 50_000 }) }),
  },
) as fc.Arbitrary<{ do: 'hold' | 'capture' | 'release' | 'crash' | 'top up'; usd: number }>

describe('strict admission', () => {
  it('never promises more than there is, whatever holds, captures, releases and crashes at once', async () => {
    const { db } = world.database
    const usage = { api_name: 'A', model: 'm' } as const
    const rules = { admission: 'strict', concurrency: null } as const
    const property = fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 8 })),
      async (rounds) => {
        const person = await world.service().person(5 * CENT)
        const { id: accountId } = await accountOf(person)
        const open: string[] = []
        async function run({ do: what, usd }: { do: string; usd: number }): Promise<void> {
          if (what === 'hold') {
            const nobody = { personId: null, apiKeyId: null }
            const hold = { ...nobody, accountId, jobId: undefined, nodeType: undefined }
            const id = crypto.randomUUID()
            const about = { ...hold, id, path: '/aurora/v1/edits', terms: {} }
            const opened = await openHoldPatiently(db, rules, {
              ...about,
              estimateUsdMicros: usd,
            })
            if (opened === 'opened') open.push(id)
          } else if (what === 'top up') {
            const reference = crypto.randomUUID()
            const { subject } = person
            await adminOf(db).adjust({ subject, usdMicros: usd, reference, reason: 'top up' })
          } else {
            const id = open.at(usd % Math.max(1, open.length))
            if (id === undefined) return
            // A crash is seen by nobody but the clock, which settles it as well as its own process may.
            const outcome = what === 'release' ? 'failed' : 'succeeded'
            const call = {
              id,
              accountId,
              usage: { ...usage, outcome },
              priceUsdMicros: usd,
            } as const
            await Promise.all(
              [1, 2]
                .slice(what === 'crash' ? 0 : 1)
                .map(() => settleCall({ db, admission: 'strict' }, call)),
            )
          }
        }
        for (const round of rounds) {
          await Promise.all(round.map(run))
          const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId))
          const free = (account?.balanceUsdMicros ?? 0) - (account?.heldUsdMicros ?? 0)
          expect(free).toBeGreaterThanOrEqual(0)
          expect(account?.heldUsdMicros).toBeGreaterThanOrEqual(0)
        }
      },
    )
    await fc.assert(property, { numRuns: 40 })
    expect(await audit(db)).toEqual([])
  }, 60_000)
})
