import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workspaceTokenSchema } from '@comfyui-credits/contract/members'
import { eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { adminOf } from '../../service/admin.ts'
import { accounts, workspaces } from '../../service/database/schema.ts'
import { CallReader } from '../../service/proxy/call-reader.ts'
import { takeOverHolds } from '../../service/proxy/take-over.ts'
import { parseWorkspaceId } from '../../service/workspaces/workspace-id.ts'
import { readAccountEvent } from '../../src/account-events/account-event.ts'
import { openTestHold } from './support/holds.ts'
import { callerWith, openWorld, type Caller, type Service, type World } from './support/service.ts'
import { newTeam, type Team } from './support/teams.ts'

const USD = 1_000_000
const ALL = 'scope=workspace'

let world: World
let service: Service
beforeAll(async () => {
  world = await openWorld()
  service = world.service()
})
afterAll(() => world.close())

const teamWithMoney = () => newTeam(world, service, { usdMicros: 20 * USD })

type Fetch = Caller['fetch']

async function call({ fetch }: { fetch: Fetch }, job: string): Promise<void> {
  const headers = { 'Comfy-Job-Id': job }
  const response = await fetch('/proxy/aurora/v1/edits', { method: 'POST', body: '{}', headers })
  expect(response.status).toBe(200)
}

async function eventsOf({ fetch }: { fetch: Fetch }, query: string) {
  const response = await fetch(`/api/billing/events?limit=100&${query}`)
  expect(response.status).toBe(200)
  return eventsPageSchema.parse(await response.json()).events
}

/** The jobs of calls, and the types of what is no call; the status of a refusal. */
async function listed({ fetch }: { fetch: Fetch }, query: string) {
  const response = await fetch(`/api/billing/events?limit=100&${query}`)
  if (response.status !== 200) return response.status
  const { events } = eventsPageSchema.parse(await response.json())
  return events.map(({ event_type, params }) => params?.['job_id'] ?? event_type)
}

/** A key of the team's member. */
async function keyOf({ workspaceId, member }: Team, name: string) {
  const { subject } = member
  const key = await adminOf(world.database.db).createApiKey({ subject, workspaceId, name })
  const fetch: Fetch = (path, init = {}) =>
    service.fetch(path, { ...init, headers: { ...init.headers, 'X-API-KEY': key } })
  return { key, fetch }
}

const emailOf = ({ subject }: { subject: string }) => `${subject}@example.com`

describe('an event of a team', () => {
  it('names the member and the API key that made the call, as the panel reads them', async () => {
    const team = await teamWithMoney()
    const email = emailOf(team.member)
    const farm = await keyOf(team, 'Render farm')
    await call(team.asMember, 'by login')
    await call(farm, 'by key')
    const events = await eventsOf(team.asOwner, ALL)
    const member = { member_user_id: team.member.subject, member_display_name: email }
    expect(events).toMatchObject([
      { ...member, api_key_name: 'Render farm', api_key_prefix: farm.key.slice(0, 11) },
      member,
      { event_type: 'credit_adjusted' },
    ])
    expect(events[1]).not.toHaveProperty('api_key_name')
    expect(events[1]).not.toHaveProperty('member_former')
    expect(events[2]).not.toHaveProperty('member_user_id')
    expect(events.map(readAccountEvent)).toMatchObject([
      { jobId: 'by key', memberName: email, memberEmail: email, apiKeyName: 'Render farm' },
      { jobId: 'by login', memberName: email, memberEmail: email, apiKeyName: null },
      { memberName: null, memberEmail: null, apiKeyName: null },
    ])
  })

  it('names the key whose token made the call, by the name that it has today', async () => {
    const team = await teamWithMoney()
    const { fetch } = await keyOf(team, 'Night shift')
    const body = JSON.stringify({ workspace_id: team.workspaceId })
    const answer = await fetch('/api/auth/token', { method: 'POST', body })
    const { token } = workspaceTokenSchema.parse(await answer.json())
    await call(callerWith(service.fetch, token), 'by token')
    const [before] = await eventsOf(team.asOwner, ALL)
    expect(before).toMatchObject({ api_key_name: 'Night shift' })
    const keys = `/credits/workspaces/${team.workspaceId}/keys`
    const [{ id }] = (await (await team.owner.get(keys)).json()).keys
    const name = JSON.stringify({ name: 'Day shift' })
    await team.owner.fetch(`${keys}/${id}`, { method: 'PATCH', body: name })
    const [after] = await eventsOf(team.asOwner, ALL)
    expect(after).toMatchObject({ event_id: before?.event_id, api_key_name: 'Day shift' })
  })

  it('says that a member has left', async () => {
    const { workspaceId, member, asMember, asOwner } = await teamWithMoney()
    await call(asMember, 'before')
    await adminOf(world.database.db).removeMember({ workspaceId, subject: member.subject })
    const [event] = await eventsOf(asOwner, ALL)
    expect(event).toMatchObject({ member_display_name: emailOf(member), member_former: true })
  })

  it('names who made a call that its process left behind', async () => {
    const { workspaceId, member, asOwner } = await teamWithMoney()
    const { db } = world.database
    const [person] = await db.select().from(accounts).where(eq(accounts.subject, member.subject))
    const id = parseWorkspaceId(workspaceId) ?? ''
    const [team] = await db.select().from(workspaces).where(eq(workspaces.id, id))
    const left = { personId: person?.id ?? null, jobId: 'left behind', expiresAt: new Date(0) }
    await openTestHold(db, team?.accountId ?? '', left)
    await takeOverHolds({
      db,
      log: pino({ level: 'silent' }),
      admission: 'strict',
      concurrency: null,
      partnerBaseUrl: world.partner.url,
      reader: new CallReader(),
      stopped: new AbortController().signal,
    })
    const [event] = await eventsOf(asOwner, ALL)
    expect(event).toMatchObject({
      member_user_id: member.subject,
      params: { job_id: 'left behind' },
    })
  })
})

describe('the events of a workspace', () => {
  it('are one’s own calls and what is nobody’s, unless all are asked for', async () => {
    const { owner, member, asOwner, asMember } = await teamWithMoney()
    await call(asOwner, 'owner')
    await call(asMember, 'member')
    for (const query of ['', 'scope=self']) {
      expect(await listed(asOwner, query)).toEqual(['owner', 'credit_adjusted'])
      expect(await listed(asMember, query)).toEqual(['member', 'credit_adjusted'])
    }
    expect(await listed(asOwner, ALL)).toEqual(['member', 'owner', 'credit_adjusted'])
    const ofMember = `scope=user&user_id=${member.subject}`
    expect(await listed(asOwner, ofMember)).toEqual(['member'])
    expect(await listed(asMember, ofMember)).toEqual(['member'])
    expect(await listed(asOwner, 'scope=user&user_id=nobody')).toEqual([])
    const page = await asMember.get('/api/billing/events?limit=1')
    expect(await page.json()).toMatchObject({ total: 2, totalPages: 2 })
    expect(await listed(asMember, ALL)).toBe(403)
    expect(await listed(asMember, `scope=user&user_id=${owner.subject}`)).toBe(403)
  })

  it('of an unknown scope, or of a user without an id, are a bad request', async () => {
    const { asOwner } = await newTeam(world, service)
    for (const query of ['scope=project', 'scope=user']) {
      const response = await asOwner.get(`/api/billing/events?${query}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'bad-request' })
    }
  })

  it('of one person are all theirs in every scope', async () => {
    const person = await service.person(USD)
    await call(person, 'a run')
    const all = ['a run', 'credit_adjusted', 'account_created']
    const [newest] = await eventsOf(person, '')
    expect(newest).toMatchObject({ member_user_id: person.subject })
    expect(newest).not.toHaveProperty('member_former')
    for (const query of ['', 'scope=self', ALL]) expect(await listed(person, query)).toEqual(all)
  })
})
