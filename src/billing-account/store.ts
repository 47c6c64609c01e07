import { useQuery, useQueryCache } from '@pinia/colada'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { ApiError } from '../api/port.ts'
import { useCreditsContext } from '../context.ts'
import type { BillingContext } from '../host/port.ts'
import { forgetOtherBillingAccounts } from './forget-queries.ts'
import { useServerTimesStore } from '../session/server-times.ts'
import { useSessionStore } from '../session/store.ts'
import { customerBillingAccount } from './customer.ts'
import type { BillingAccount, Rights } from './port.ts'
import { mayTry } from './rights.ts'
import { fetchRail, workspaceBillingAccount } from './workspace.ts'

const RIGHTS_STALE_AFTER_MS = 60_000

/**
 * The billing account that the next run is charged to. It is chosen again whenever the login, the
 * workspace or its rail changes; in between there is none, so that no other billing account's
 * figure can be shown.
 */
export const useBillingAccountStore = defineStore('billingAccount', () => {
  const credits = useCreditsContext()
  const session = useSessionStore()
  const context = useHostContext()

  const workspace = computed(() =>
    context.value.state === 'workspace' ? context.value.workspace : null,
  )
  const rail = useRail(context)

  const kind = computed(() =>
    session.account === null ? null : payingKind(context.value, rail.value.value),
  )

  const billingAccount = computed((): BillingAccount | null => {
    // Named, because a billing account is of one login: the next person's is another one.
    if (session.account === null || kind.value === null) return null
    if (kind.value === 'customer') return customerBillingAccount(credits, workspace.value)
    return workspace.value === null ? null : workspaceBillingAccount(credits, workspace.value)
  })

  /**
   * Prefix of every query key: what was asked of one billing account is never found under another.
   */
  const key = computed(
    () =>
      [
        'billingAccount',
        session.account?.id ?? null,
        workspace.value?.id ?? null,
        kind.value,
      ] as const,
  )
  const cache = useQueryCache()
  watch(key, (now) => forgetOtherBillingAccounts(cache, now))

  /**
   * Names what is kept between visits. The same for both kinds, so that it serves while the rail is
   * asked for.
   */
  const accountKey = computed(() => {
    if (session.account === null || ['loading', 'unreachable'].includes(context.value.state)) {
      return null
    }
    return [session.account.id, ...(workspace.value ? [workspace.value.id] : [])].join(':')
  })

  const blocked = useBlocked(context)
  const error = computed(() =>
    billingAccount.value === null ? (blocked.value.error ?? rail.value.error) : null,
  )

  /** `unreachable`: for a reason that is not known; else `error` says it. */
  const state = computed(() => {
    if (billingAccount.value !== null) return 'known'
    if (error.value !== null) return 'failed'
    return blocked.value.known && context.value.state === 'unreachable' ? 'unreachable' : 'loading'
  })

  function retry(): void {
    if (context.value.state === 'unreachable') credits.host.retryWorkspaces()
    else if (state.value === 'failed') rail.value.ask()
  }

  return {
    account: billingAccount,
    workspace,
    rail: computed(() => rail.value.value ?? null),
    key,
    accountKey,
    state,
    error,
    ...useRights(billingAccount, key),
    serverTimes: useServerTimes(billingAccount),
    retry,
  }
})

/** How the clock of its service stands, by the dates of its answers. */
function useServerTimes(billingAccount: Readonly<Ref<BillingAccount | null>>) {
  const times = useServerTimesStore()
  return () => (billingAccount.value === null ? [] : times.of(billingAccount.value.base))
}

/** Null while it is not known whether the person or the workspace pays. The host has the same rule. */
function payingKind(context: BillingContext, rail: Rail): BillingAccount['kind'] | null {
  if (context.state === 'customer') return 'customer'
  if (context.state !== 'workspace') return null
  if (context.workspace.type === 'team') return 'workspace'
  if (rail === undefined) return null
  return rail === 'legacy_stripe' ? 'customer' : 'workspace'
}

function useHostContext(): Readonly<Ref<BillingContext>> {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const context = shallowRef(host.billingContext())
  const become = (next: BillingContext): void => {
    // The same again must not make a new billing account.
    if (JSON.stringify(next) !== JSON.stringify(context.value)) context.value = next
  }
  onScopeDispose(host.onBillingContextChange(become))
  // The host may have had no way to report a change.
  watch(
    () => [session.account, session.shown],
    () => become(host.billingContext()),
    { flush: 'sync' },
  )
  return context
}

/** Null: the service names none. Undefined: it has not answered. */
type Rail = string | null | undefined

/** The rail of a personal workspace, as the host knows it, or as the service answers us. */
function useRail(context: Readonly<Ref<BillingContext>>) {
  const credits = useCreditsContext()
  const session = useSessionStore()
  const unknown = computed(() =>
    context.value.state === 'workspace' &&
    context.value.workspace.type === 'personal' &&
    context.value.rail === null
      ? context.value.workspace
      : null,
  )
  const query = useQuery({
    key: () => ['billingAccount', session.account?.id ?? null, unknown.value?.id ?? null, 'rail'],
    enabled: () => session.account !== null && unknown.value !== null,
    query: ({ signal }) => {
      if (unknown.value === null) throw new ApiError('cancelled', 'The rail is known')
      return fetchRail(credits, unknown.value, { signal })
    },
  })
  const value = computed((): Rail => {
    if (unknown.value !== null) return query.data.value
    return context.value.state === 'workspace' ? (context.value.rail ?? undefined) : undefined
  })
  return computed(() => ({
    value: value.value,
    error: unknown.value === null ? null : query.error.value,
    ask: () => void query.refetch(),
  }))
}

/**
 * Why the host's workspaces are out of reach, where the page's policy is to blame: ComfyUI's server
 * was started with --disable-api-nodes. The host itself does not say.
 */
function useBlocked(context: Readonly<Ref<BillingContext>>) {
  const { host, api } = useCreditsContext()
  const session = useSessionStore()
  const query = useQuery({
    key: ['blocked'],
    enabled: () => session.account !== null && context.value.state === 'unreachable',
    // A page keeps its policy.
    staleTime: Number.POSITIVE_INFINITY,
    query: () => api.isBlocked(host.cloudBase),
  })
  return computed(() => ({
    known: query.data.value !== undefined,
    error:
      query.data.value === true && context.value.state === 'unreachable'
        ? new ApiError('blocked', "The page's policy forbids to ask for the workspaces")
        : null,
  }))
}

/**
 * Until they are answered, what the role says; the service refuses what is not allowed anyway. Where
 * they cannot be had, nobody is kept from trying.
 */
function useRights(
  billingAccount: Readonly<Ref<BillingAccount | null>>,
  key: Readonly<Ref<readonly (string | null)[]>>,
) {
  const query = useQuery({
    key: () => [...key.value, 'rights'],
    enabled: () => billingAccount.value !== null,
    staleTime: RIGHTS_STALE_AFTER_MS,
    query: ({ signal }) => {
      if (billingAccount.value === null)
        throw new ApiError('cancelled', 'There is no billing account')
      return billingAccount.value.rights({ signal })
    },
  })
  const rights = computed((): Rights => {
    if (query.data.value) return query.data.value
    const { kind, workspace = null } = billingAccount.value ?? {}
    const unanswerable = query.error.value !== null && workspace !== null && mayTry(workspace)
    const all = kind === 'customer' || workspace?.role === 'owner' || unanswerable
    return {
      canTopUp: all,
      canManageBilling: all,
      topUpDenial: null,
      runDenial: null,
      owners: [],
    }
  })
  /** Null where no newer ones could be had. */
  async function refreshRights(): Promise<Rights | null> {
    const before = query.data.value
    const { data = null, status } = await query.refetch()
    return status === 'success' && data !== before ? data : null
  }
  return { rights, refreshRights }
}
