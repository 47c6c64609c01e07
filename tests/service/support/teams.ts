import { randomUUID } from 'node:crypto'
import type { BillingRail } from '@comfyui-credits/contract/billing'
import { workspaceTokenSchema } from '@comfyui-credits/contract/members'
import { adminOf } from '../../../service/admin.ts'
import { callerWith, type Caller, type Person, type Service, type World } from './service.ts'

export interface Team {
  readonly workspaceId: string
  readonly owner: Person
  readonly member: Person
  /** The same people, with tokens of the workspace. */
  readonly asOwner: Caller
  readonly asMember: Caller
}

/** A team of two, with as much to spend. */
export async function newTeam(
  world: World,
  service: Service,
  { rail = 'stripe', usdMicros = 0 }: { rail?: BillingRail; usdMicros?: number } = {},
): Promise<Team> {
  const [owner, member] = await Promise.all([service.person(), service.person()])
  const admin = adminOf(world.database.db)
  const reference = randomUUID()
  const { workspaceId } = await admin.createTeam({
    name: 'A team',
    rail,
    owner: personOf(owner),
    members: [personOf(member)],
    reference,
  })
  await admin.adjust({ workspaceId, usdMicros, reference, reason: 'for the test' })
  return {
    workspaceId,
    owner,
    member,
    asOwner: await inWorkspace(service, owner, workspaceId),
    asMember: await inWorkspace(service, member, workspaceId),
  }
}

export function personOf({ subject }: Person) {
  return { subject, email: `${subject}@example.com`, name: null }
}

/** The person with a token of the workspace. */
export async function inWorkspace(
  service: Service,
  person: Person,
  workspace_id: string,
): Promise<Caller> {
  const response = await person.post('/api/auth/token', { workspace_id })
  const { token } = workspaceTokenSchema.parse(await response.json())
  return callerWith(service.fetch, token)
}
