import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { eventsPageSchema } from '@comfyui-credits/contract/schemas'
import {
  billingCapabilitiesSchema,
  billingRails,
  billingStatusSchema,
  workspaceBalanceSchema,
} from '@comfyui-credits/contract/billing'
import {
  currentWorkspaceSchema,
  workspaceMembersSchema,
  workspacesSchema,
} from '@comfyui-credits/contract/members'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { adminOf } from '../../service/admin.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import { workspaceMembers } from '../../service/database/schema.ts'
import { openWorld, type Caller, type Service, type World } from './support/service.ts'
import { inWorkspace, newTeam, personOf } from './support/teams.ts'

const USD = 1_000_000

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

async function balanceOf(caller: Caller) {
  return workspaceBalanceSchema.parse(await (await caller.get('/api/billing/balance')).json())
}

async function capabilitiesOf(caller: Caller) {
  const response = await caller.get('/api/billing/capabilities')
  return billingCapabilitiesSchema.parse(await response.json())
}

async function statusOf(caller: Caller) {
  return billingStatusSchema.parse(await (await caller.get('/api/billing/status')).json())
}

async function eventTypes(caller: Caller, path: string) {
  const page = eventsPageSchema.parse(await (await caller.get(path)).json())
  return page.events.map(({ event_type }) => event_type)
}

/** A call of an API node that costs 4 cents. */
const run = (caller: Caller) => caller.post('/proxy/aurora/v1/edits', {})

describe('a team', () => {
  it.each(billingRails)('on the rail %s is paid from its own account', async (rail) => {
    const team = await newTeam(world, service, { rail, usdMicros: 50 * USD })
    expect((await statusOf(team.asOwner)).billing_rail).toBe(rail)
    expect((await run(team.asMember)).status).toBe(200)
    expect(await balanceOf(team.asOwner)).toMatchObject({ amount_micros: 4_996 })
    expect(await eventTypes(team.asOwner, '/api/billing/events?scope=workspace')).toEqual([
      'api_usage_completed',
      'credit_adjusted',
    ])
    const own = await eventTypes(team.member, '/customers/events')
    expect(own).toEqual(['account_created'])
  })

  it('without money blocks its runs, and not those of its members’ own billing', async () => {
    const { member, asMember } = await newTeam(world, service)
    const { subject } = member
    const opening = { subject, usdMicros: USD, reference: 'opening', reason: 'for the test' }
    await adminOf(world.database.db).adjust(opening)
    expect((await run(asMember)).status).toBe(402)
    expect((await run(member)).status).toBe(200)
    expect(await statusOf(asMember)).toMatchObject({ has_funds: false })
  })

  it('is listed after the own workspace, in the order they were joined', async () => {
    const { owner, workspaceId } = await newTeam(world, service)
    const second = await adminOf(world.database.db).createTeam({
      name: 'Second',
      rail: 'metronome',
      owner: personOf(owner),
      reference: `second of ${owner.subject}`,
    })
    const { workspaces } = workspacesSchema.parse(await (await owner.get('/api/workspaces')).json())
    expect(workspaces.map(({ id, type, role }) => ({ id, type, role }))).toEqual([
      { id: workspaces[0]?.id, type: 'personal', role: 'owner' },
      { id: workspaceId, type: 'team', role: 'owner' },
      { id: second.workspaceId, type: 'team', role: 'owner' },
    ])
  })

  it('lets a member see balance and events, and no more than run', async () => {
    const { asMember } = await newTeam(world, service, { usdMicros: 20 * USD })
    expect((await balanceOf(asMember)).amount_cents).toBe(2_000)
    expect(await eventTypes(asMember, '/api/billing/events')).toEqual(['credit_adjusted'])
    const { capabilities, denied_reasons } = await capabilitiesOf(asMember)
    const allowed = Object.entries(capabilities).filter(([, may]) => may)
    expect(allowed.map(([name]) => name)).toEqual(['can_run_workflows', 'can_view_own_usage'])
    expect(denied_reasons).toMatchObject({ can_top_up: 'not_workspace_owner' })
  })

  it('lets its owner buy and see all', async () => {
    const { asOwner } = await newTeam(world, service)
    const { capabilities, denied_reasons } = await capabilitiesOf(asOwner)
    expect(capabilities).toMatchObject({
      can_top_up: true,
      can_manage_billing: true,
      can_run_workflows: true,
      can_view_team_usage: true,
    })
    expect(denied_reasons).toEqual({})
  })

  it('shows a member who can buy', async () => {
    const { asMember, owner } = await newTeam(world, service)
    const { email } = personOf(owner)
    expect((await statusOf(asMember)).owners).toEqual([{ name: null, email }])
    const answer = await asMember.get('/api/workspace/members')
    const { members } = workspaceMembersSchema.parse(await answer.json())
    expect(members).toMatchObject([
      { email, role: 'owner', is_original_owner: true },
      { role: 'member', is_original_owner: false },
    ])
  })

  it.each([
    ['/api/billing/topup', { amount_cents: 1_000 }],
    ['/api/billing/topup/checkout', { amount_cents: 1_000, return_url: 'http://127.0.0.1/' }],
    ['/api/billing/payment-portal', {}],
  ])('does not let a member POST %s', async (path, body) => {
    const { asMember } = await newTeam(world, service)
    const response = await asMember.post(path, body)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'forbidden' })
  })

  it('does not show its cards to a member', async () => {
    const { asMember } = await newTeam(world, service)
    expect((await asMember.get('/api/billing/payment-methods')).status).toBe(403)
  })

  it('is closed to strangers, and to who left it with a token in hand', async () => {
    const team = await newTeam(world, service)
    const stranger = await service.person()
    const asked = await stranger.post('/api/auth/token', { workspace_id: team.workspaceId })
    expect(asked.status).toBe(403)
    const member = await findAccount(world.database.db, team.member.subject)
    await world.database.db
      .delete(workspaceMembers)
      .where(
        and(eq(workspaceMembers.personId, member?.id ?? ''), eq(workspaceMembers.role, 'member')),
      )
    for (const path of ['balance', 'status', 'capabilities', 'events', 'plans']) {
      const response = await team.asMember.get(`/api/billing/${path}`)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'no_workspace_access' })
    }
    expect((await run(team.asMember)).status).toBe(403)
  })

  it('is made once, however often it is asked for, and takes in who is new', async () => {
    const admin = adminOf(world.database.db)
    const [owner, late] = await Promise.all([service.person(), service.person()])
    const team = {
      name: 'Once',
      rail: 'stripe',
      owner: personOf(owner),
      reference: `once ${owner.subject}`,
    } as const
    const first = await admin.createTeam(team)
    expect(await admin.createTeam({ ...team, members: [personOf(late)] })).toEqual(first)
    const asLate = await inWorkspace(service, late, first.workspaceId)
    expect((await capabilitiesOf(asLate)).capabilities).toMatchObject({ can_top_up: false })
  })

  it('is made once by two at once', async () => {
    const admin = adminOf(world.database.db)
    const owner = personOf(await service.person())
    const team = { name: 'Race', rail: 'stripe', owner, reference: owner.subject } as const
    const [first, second] = await Promise.all([admin.createTeam(team), admin.createTeam(team)])
    expect(second).toEqual(first)
  })
})

describe('a personal workspace', () => {
  it('without a billing account of its own shows and spends the customer’s', async () => {
    const person = await service.person(10 * USD)
    const answer = await person.get('/api/workspaces')
    const [own] = workspacesSchema.parse(await answer.json()).workspaces
    const asOwner = await inWorkspace(service, person, own?.id ?? '')
    await run(asOwner)
    expect(await balanceOf(asOwner)).toMatchObject({ amount_micros: 996, amount_cents: 996 })
    const customer = await (await person.get('/customers/balance')).json()
    expect(customer).toMatchObject({ amount_micros: 996 })
  })

  it('with one keeps its id, and leaves the customer’s billing account alone', async () => {
    const person = await service.person(10 * USD)
    const admin = adminOf(world.database.db)
    const before = await (await person.get('/api/workspaces')).json()
    const { workspaceId } = await admin.createPersonalBillingAccount({
      person: personOf(person),
      rail: 'metronome',
    })
    const reference = 'opening'
    await admin.adjust({ workspaceId, usdMicros: 3 * USD, reference, reason: 'for the test' })
    expect(await (await person.get('/api/workspaces')).json()).toEqual(before)
    const asOwner = await inWorkspace(service, person, workspaceId)
    expect((await statusOf(asOwner)).billing_rail).toBe('metronome')
    await run(asOwner)
    expect((await balanceOf(asOwner)).amount_micros).toBe(296)
    // An older ComfyUI sends the person's own token with runs, and shows the customer's billing account.
    await run(person)
    const customer = await (await person.get('/customers/balance')).json()
    expect(customer).toMatchObject({ amount_micros: 996 })
  })
})

describe('an API key', () => {
  it('of a team pays from the team, and opens no other workspace', async () => {
    const team = await newTeam(world, service, { usdMicros: 5 * USD })
    const key = await adminOf(world.database.db).createApiKey({
      subject: team.member.subject,
      workspaceId: team.workspaceId,
    })
    const headers = { 'X-API-KEY': key }
    const get = async (path: string) => service.fetch(path, { headers })
    const current = currentWorkspaceSchema.parse(
      await (await get('/api/workspaces/current')).json(),
    )
    expect(current).toMatchObject({
      id: team.workspaceId,
      type: 'team',
      role: 'member',
      auth_method: 'api_key',
    })
    const paid = { method: 'POST', body: '{}', headers }
    expect((await service.fetch('/proxy/aurora/v1/edits', paid)).status).toBe(200)
    expect((await balanceOf(team.asOwner)).amount_micros).toBe(496)
    const { workspaces } = workspacesSchema.parse(await (await get('/api/workspaces')).json())
    expect(workspaces.map(({ id }) => id)).toEqual([team.workspaceId])
    const answer = await team.member.get('/api/workspaces')
    const [own] = workspacesSchema.parse(await answer.json()).workspaces
    const asked = { workspace_id: own?.id }
    const escape = { method: 'POST', body: JSON.stringify(asked), headers }
    expect((await service.fetch('/api/auth/token', escape)).status).toBe(403)
  })
})

describe('the balance of a workspace', () => {
  it.each([
    [50 * USD, false, null],
    [5 * USD, false, null],
    [4.99 * USD, true, 1_000],
    [-4.2 * USD, true, 1_000],
    [-6 * USD, true, 2_500],
    [-1_000 * USD, true, 10_000],
  ])('of %d micro-USD is low: %s, with %s cents to help', async (usdMicros, low, suggested) => {
    const { asOwner } = await newTeam(world, service, { usdMicros })
    const cents = usdMicros / 10_000
    expect(await balanceOf(asOwner)).toMatchObject({
      amount_micros: cents,
      amount_cents: cents,
      prepaid_balance_cents: cents,
      effective_balance_cents: cents,
      pending_charges_cents: 0,
      pending_charges_micros: 0,
      low_balance: low,
      suggested_topup_amount_cents: suggested,
      currency: 'usd',
      features: expect.arrayContaining(['checkout_status']),
    })
  })
})

describe('every GET of the endpoint map', () => {
  const paths = Object.values(workspaceEndpoints).filter(
    ({ method, path }) => method === 'GET' && !path.includes(':'),
  )
  it.each(paths.map(({ path, response }) => [path, response] as const))(
    '%s answers as the map says, to an owner, a customer and in plain',
    async (path, schema) => {
      const { asOwner } = await newTeam(world, service, { usdMicros: USD })
      const customer = await service.person(USD)
      const plain = await world.service('plain').person(USD)
      for (const caller of [asOwner, customer, plain]) {
        const response = await caller.get(path)
        expect(response.status).toBe(200)
        expect(schema.safeParse(await response.json()).error).toBeUndefined()
      }
      expect((await service.fetch(path)).status).toBe(401)
    },
  )
})

describe('with the plain contract', () => {
  it('says nothing of owners and features', async () => {
    const plain = world.service('plain')
    const { asMember } = await newTeam(world, plain, { usdMicros: USD })
    expect(await statusOf(asMember)).not.toHaveProperty('owners')
    expect(await balanceOf(asMember)).not.toHaveProperty('features')
  })
})
