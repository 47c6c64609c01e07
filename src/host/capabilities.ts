/**
 * What we need of ComfyUI and where a version keeps it. The one list that the boot, the tests and
 * `npm run host:check` read, so that a new frontend's breakage is named in one line.
 */

/** Oldest frontend whose settings dialog our entry fits. */
const OLDEST = [1, 40] as const

export interface Capability {
  readonly name: string
  /** Without a needed one there is no Credits entry; without another its feature hides. */
  readonly needed: boolean
  /** The place where it was found, such as `app.ui.settings.addSetting`. */
  readonly found: string | null
  /** Why it was not, naming the member; null when it was found. */
  readonly missing: string | null
}

type Kind = 'function' | 'object' | 'map' | 'array'

interface Wanted {
  readonly name: string
  readonly needed: boolean
  readonly kind: Kind
  /** Places from newest to oldest; `get(x)` asks a Map for its member. */
  readonly places: readonly string[]
}

const STORES = 'extensionManager._p._s'

const wanted: readonly Wanted[] = [
  {
    name: 'extension hooks',
    needed: true,
    kind: 'function',
    places: ['registerExtension'],
  },
  {
    name: 'settings entry',
    needed: true,
    kind: 'function',
    places: ['ui.settings.addSetting'],
  },
  {
    name: 'settings registry',
    needed: true,
    kind: 'object',
    places: ['extensionManager.setting.settings'],
  },
  { name: 'stores', needed: true, kind: 'map', places: [STORES] },
  {
    name: 'login',
    needed: true,
    kind: 'function',
    places: [
      `${STORES}.get(auth).getUserAuthHeader`,
      `${STORES}.get(auth).getAuthHeader`,
      `${STORES}.get(firebaseAuth).getAuthHeader`,
    ],
  },
  // Up to 1.50 there are none, and then the customer pays.
  {
    name: 'workspaces',
    needed: false,
    kind: 'function',
    places: [`${STORES}.get(auth).getWorkspaceAuthHeader`],
  },
  // The host makes these two at the first login.
  {
    name: 'active workspace',
    needed: false,
    kind: 'object',
    places: [`${STORES}.get(teamWorkspace)`],
  },
  {
    name: 'fresh workspace token',
    needed: false,
    kind: 'function',
    places: [`${STORES}.get(workspaceAuth).refreshToken`],
  },
  {
    name: 'setting values',
    needed: false,
    kind: 'function',
    places: ['extensionManager.setting.get'],
  },
  {
    name: 'dialogs',
    needed: false,
    kind: 'function',
    places: [`${STORES}.get(dialog).showDialog`],
  },
  {
    name: 'open dialogs',
    needed: false,
    kind: 'array',
    places: [`${STORES}.get(dialog).dialogStack`],
  },
  {
    name: 'commands',
    needed: false,
    kind: 'function',
    places: ['extensionManager.command.execute'],
  },
  { name: 'toasts', needed: false, kind: 'function', places: ['extensionManager.toast.add'] },
  { name: 'run events', needed: false, kind: 'function', places: ['api.addEventListener'] },
  { name: 'queued runs', needed: false, kind: 'function', places: ['queuePrompt'] },
  { name: 'output files', needed: false, kind: 'function', places: ['api.apiURL'] },
  { name: 'answers to runs', needed: false, kind: 'function', places: ['api.queuePrompt'] },
  {
    name: 'language changes',
    needed: false,
    kind: 'function',
    places: ['ui.settings.addEventListener'],
  },
  // The graph comes after the boot.
  {
    name: 'node names',
    needed: false,
    kind: 'function',
    places: ['rootGraph.getNodeById', 'graph.getNodeById'],
  },
  {
    name: 'workflow name',
    needed: false,
    kind: 'object',
    places: ['extensionManager.workflow'],
  },
  {
    name: 'saved workflows',
    needed: false,
    kind: 'array',
    places: ['extensionManager.workflow.persistedWorkflows'],
  },
  { name: 'opening workflows', needed: false, kind: 'function', places: ['loadGraphData'] },
]

/** Everything we use of the host, found or not. Never throws, whatever the host is. */
export function findCapabilities(app: unknown, version: unknown): readonly Capability[] {
  return [versionCapability(version), ...wanted.map((want) => find(app, want))]
}

/** One line naming what is needed and missing; null when nothing is. */
export function whatIsMissing(capabilities: readonly Capability[]): string | null {
  const reasons = capabilities.flatMap(({ name, needed, missing }) =>
    needed && missing !== null ? [`${name} (${missing})`] : [],
  )
  return reasons.length === 0 ? null : reasons.join(', ')
}

/** A frontend that does not say its version is judged by its members alone. */
function versionCapability(version: unknown): Capability {
  const name = 'frontend version'
  if (typeof version !== 'string') return { name, needed: true, found: 'unknown', missing: null }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return old
    ? { name, needed: true, found: null, missing: `${version} is older than ${OLDEST.join('.')}` }
    : { name, needed: true, found: version, missing: null }
}

function find(app: unknown, { name, needed, kind, places }: Wanted): Capability {
  const reasons: string[] = []
  for (const place of places) {
    const reason = lookAt(app, place, kind)
    if (reason === null) return { name, needed, found: `app.${place}`, missing: null }
    reasons.push(reason)
  }
  return { name, needed, found: null, missing: [...new Set(reasons)].join('; ') }
}

/** Why there is no such thing at that place, null when there is. */
function lookAt(app: unknown, place: string, kind: Kind): string | null {
  let value = app
  let way = 'app'
  for (const step of place.split('.')) {
    way = `${way}.${step}`
    try {
      value = member(value, step)
    } catch {
      // What a host's getter throws does not matter: that it throws is the reason we give.
      return `${way} throws`
    }
    if (value === undefined || value === null) return `${way} is ${String(value)}`
  }
  return isKind(value, kind) ? null : `${way} is no ${kind}`
}

function member(of: unknown, step: string): unknown {
  if ((typeof of !== 'object' && typeof of !== 'function') || of === null) return undefined
  const key = /^get\((.+)\)$/.exec(step)?.[1]
  if (key === undefined) return Reflect.get(of, step)
  return of instanceof Map ? of.get(key) : undefined
}

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'function':
      return typeof value === 'function'
    case 'object':
      return typeof value === 'object' && value !== null
    case 'map':
      return value instanceof Map
    case 'array':
      return Array.isArray(value)
  }
}
