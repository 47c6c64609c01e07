import { describe, expect, it } from 'vitest'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { ApiError, type ApiErrorCode, type Call, type CallInput } from '../../../src/api/port.ts'
import { workspaceEvents } from '../../../src/billing-account/whose-events.ts'
import type { Workspace } from '../../../src/host/port.ts'

const PAGE = { events: [], page: 1, limit: 20, total: 0, totalPages: 0 }
const team: Workspace = { id: 'ws_1', name: 'Atelier', type: 'team', role: 'owner' }

interface Service {
  /** What it says of `can_view_team_usage`; an error's code where it answers with one. */
  readonly may?: boolean | ApiErrorCode
  /** How it answers to the scope. */
  readonly refusal?: ApiErrorCode
}

/** Asks for two pages. Resolves to the scopes that were asked for, and how often for the rights. */
async function scopesAsked({ may, refusal }: Service, workspace = team) {
  const scopes: unknown[] = []
  let rights = 0
  const call = async ({ path }: { path: string }, options?: CallInput) => {
    if (path === workspaceEndpoints.capabilities.path) {
      rights += 1
      if (typeof may === 'string') throw new ApiError(may, 'The rights are not known')
      return { capabilities: { can_view_team_usage: may } }
    }
    const scope = options?.query?.['scope'] ?? 'own'
    scopes.push(scope)
    if (refusal && scope !== 'own') throw new ApiError(refusal, 'Not this scope')
    return PAGE
  }
  const events = workspaceEvents(call as Call, workspace)
  for (const page of [1, 2]) expect(await events({ page, limit: 20 })).toEqual(PAGE)
  return { scopes, rights }
}

describe('the events of a workspace', () => {
  it('are everybody’s for who may see what the team uses', async () => {
    const everybodys = { scopes: ['workspace', 'workspace'], rights: 1 }
    expect(await scopesAsked({ may: true })).toEqual(everybodys)
  })

  it.each([
    ['who may not', { may: false }],
    ['whom the service says nothing of', {}],
    ['whom it does not answer', { may: 'server' as const }],
  ])('are one’s own for %s', async (_, service) => {
    expect(await scopesAsked(service)).toEqual({ scopes: ['own', 'own'], rights: 1 })
  })

  it.each(['forbidden', 'invalid'] as const)(
    'are one’s own where the scope is %s after all',
    async (refusal) => {
      const { scopes } = await scopesAsked({ may: true, refusal })
      expect(scopes).toEqual(['workspace', 'own', 'own'])
    },
  )

  it('of one person are asked for without a scope, and without asking for rights', async () => {
    const asked = await scopesAsked({ may: true }, { ...team, type: 'personal' })
    expect(asked).toEqual({ scopes: ['own', 'own'], rights: 0 })
  })

  it('are not there while the service is away, and asked for in the same way later', async () => {
    await expect(scopesAsked({ may: true, refusal: 'offline' })).rejects.toThrow('Not this scope')
    await expect(scopesAsked({ may: 'cancelled' })).rejects.toThrow('The rights are not known')
  })
})
