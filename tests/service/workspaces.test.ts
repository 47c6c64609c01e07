import { afterAll, beforeAll, expect, it } from 'vitest'
import { balanceSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import {
  billingCapabilitiesSchema,
  billingPlansSchema,
  billingStatusSchema,
} from '@comfyui-credits/contract/billing'
import {
  currentWorkspaceSchema,
  workspacesSchema,
  workspaceTokenSchema,
} from '@comfyui-credits/contract/members'
import { adminOf } from '../../service/admin.ts'
import { openWorld, type Person, type Service, type World } from './support/service.ts'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

async function workspaceOf(person: Person) {
  const answer = workspacesSchema.parse(await (await person.get('/api/workspaces')).json())
  expect(answer.workspaces).toHaveLength(1)
  const [workspace] = answer.workspaces
  if (!workspace) throw new Error('There is no workspace.')
  return workspace
}

async function workspaceToken(person: Person) {
  const workspace_id = (await workspaceOf(person)).id
  const response = await person.post('/api/auth/token', { workspace_id })
  return workspaceTokenSchema.parse(await response.json())
}

it('has one personal workspace for everyone, always the same', async () => {
  const person = await service.person()
  const workspace = await workspaceOf(person)
  expect(workspace).toMatchObject({ type: 'personal', role: 'owner' })
  expect(await workspaceOf(person)).toEqual(workspace)
  expect((await workspaceOf(await service.person())).id).not.toBe(workspace.id)
})

it('shows an API key’s login the workspace it is in', async () => {
  const person = await service.person()
  const key = await adminOf(world.database.db).createApiKey({ subject: person.subject })
  const headers = { 'X-API-KEY': key }
  const response = await service.fetch('/api/workspaces/current', { headers })
  const current = currentWorkspaceSchema.parse(await response.json())
  expect(current).toMatchObject({ id: (await workspaceOf(person)).id, auth_method: 'api_key' })
})

it('gives a token that runs are paid with from the same billing account', async () => {
  const person = await service.person(1_000_000)
  const { token, expires_at } = await workspaceToken(person)
  expect(new Date(expires_at).getTime()).toBeGreaterThan(Date.now())
  const response = await service.fetch('/proxy/aurora/v1/edits', {
    method: 'POST',
    body: '{}',
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  const balance = balanceSchema.parse(await (await person.get('/customers/balance')).json())
  expect(balance.amount_micros).toBe(96)
})

it('gives no token for the workspace of somebody else', async () => {
  const workspace_id = (await workspaceOf(await service.person())).id
  const response = await (await service.person()).post('/api/auth/token', { workspace_id })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ code: 'forbidden' })
})

it.each([
  [1_000_000, true],
  [-1, false],
])(
  'with %i micro-USD says has_funds %s, on the rail of the customer’s billing account',
  async (amount, has_funds) => {
    const person = await service.person(amount)
    const response = await person.get('/api/billing/status')
    expect(billingStatusSchema.parse(await response.json())).toMatchObject({
      has_funds,
      is_active: true,
      billing_rail: 'legacy_stripe',
      subscription_tier: 'FREE',
    })
  },
)

it('answers all else that the newest ComfyUI asks for', async () => {
  const person = await service.person(5_000_000)
  const ask = async (what: string): Promise<unknown> =>
    (await person.get(`/api/billing/${what}`)).json()
  expect(balanceSchema.parse(await ask('balance')).amount_micros).toBe(500)
  const { capabilities } = billingCapabilitiesSchema.parse(await ask('capabilities'))
  expect(capabilities).toMatchObject({
    can_top_up: true,
    can_run_workflows: true,
    can_invite_members: false,
  })
  expect(billingPlansSchema.parse(await ask('plans')).plans).toEqual([])
  expect(eventsPageSchema.parse(await ask('events?page=1&limit=7')).total).toBe(2)
})
