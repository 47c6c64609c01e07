import type { ImageStore } from './image-store.ts'

/** An input of a node in ComfyUI's V1 shape: its type, or the values to choose from, and options. */
export type InputSpec = readonly [
  type: string | readonly string[],
  options?: Readonly<Record<string, unknown>>,
]

/**
 * The price a node shows before a run: a jsonata expression over the node's widgets. Shape and
 * context as in ComfyUI's `/object_info`: COMBO and STRING values come lower-cased and trimmed.
 */
export interface PriceBadge {
  readonly engine: 'jsonata'
  readonly expr: string
  readonly depends_on: {
    readonly widgets: readonly { readonly name: string; readonly type: string }[]
    readonly inputs: readonly string[]
    readonly input_groups: readonly string[]
  }
}

/** A node's interface; `object-info.ts` turns it into ComfyUI's V1 shape. */
export interface NodeFace {
  readonly name: string
  readonly displayName: string
  readonly description: string
  readonly category: string
  readonly required: Readonly<Record<string, InputSpec>>
  readonly optional?: Readonly<Record<string, InputSpec>>
  readonly outputs: readonly {
    readonly name: string
    readonly type: string
    readonly isList?: boolean
  }[]
  /** Its result is shown or saved, so runs start from it. */
  readonly isOutput?: boolean
  /** Takes whole lists instead of being called once for each item. */
  readonly takesLists?: boolean
  /** Set for nodes that cost credits; `badge` is null for those without a price badge. */
  readonly api?: { readonly partner: string; readonly badge: PriceBadge | null }
}

/** Who pays: the browser's credentials, sent with the prompt. Never logged, dropped after the run. */
export interface RunAccount {
  readonly token: string | null
  readonly apiKey: string | null
}

/** Where API nodes send their calls and how patient they are; all times in milliseconds. */
export interface CreditsGateway {
  /** Base of the credits service, without a trailing slash. */
  readonly baseUrl: string
  readonly pollEveryMs: number
  readonly retryAfterMs: number
  readonly longestRetryMs: number
}

/** What a node may use while it runs. */
export interface NodeContext {
  readonly promptId: string
  readonly nodeId: string
  readonly classType: string
  readonly account: RunAccount
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal
  readonly images: ImageStore
  readonly gateway: CreditsGateway
  /** The text under the node; ComfyUI shows it in every tab. */
  showText(text: string): void
  showProgress(value: number, max: number): void
}

/** A node's result as ComfyUI's frontend gets it, in `executed` and in the history. */
export type NodeUi = Readonly<Record<string, readonly unknown[]>>

export interface NodeResult {
  /** One value for each output; an array of values where the output is a list. */
  readonly outputs: readonly unknown[]
  readonly ui?: NodeUi
}

export interface SandboxNode {
  readonly face: NodeFace
  /** Choices that are only known at request time, by input name. */
  choices?(images: ImageStore): Promise<Readonly<Record<string, readonly string[]>>>
  /** Changes when the node must run again although its inputs are the same. */
  fingerprint?(inputs: Readonly<Record<string, unknown>>, images: ImageStore): Promise<string>
  /** `inputs` are one call's values, unparsed. */
  run(inputs: Readonly<Record<string, unknown>>, context: NodeContext): Promise<NodeResult>
}
