/**
 * The parts of ComfyUI's frontend that we touch, by structure and all optional: what a version
 * lacks is undefined, never a crash. Seen on frontends 1.40.7, 1.45.21, 1.50.6 and 1.58.1.
 */

import type { BarText } from './port.ts'

export interface ComfyUser {
  readonly id: string
}

export interface ComfySetting {
  readonly id: string
  readonly name: string
  readonly category: readonly string[]
  readonly defaultValue: unknown
  readonly tooltip?: string
  /** Higher is further up in its pane. */
  readonly sortOrder?: number
  type: 'hidden' | 'boolean' | (() => HTMLElement)
  /** No field of the host's: src/host/top-bar.ts stores it there. */
  badge?: BarText | null
}

/** A button in the top bar; the tooltip is its name too. */
export interface ComfyBarButton {
  readonly icon: string
  readonly label: string
  readonly tooltip: string
  readonly class?: string
  readonly onClick: (event: Event) => void
}

export interface ComfyCommand {
  readonly id: string
  readonly label: string
  readonly icon?: string
  readonly function: () => unknown
}

export interface ComfyExtension {
  readonly name: string
  readonly commands?: readonly ComfyCommand[]
  readonly keybindings?: readonly {
    readonly combo: { readonly key: string; readonly shift?: boolean }
    readonly commandId: string
  }[]
  readonly menuCommands?: readonly {
    readonly path: readonly string[]
    readonly commands: readonly string[]
  }[]
  /** Asked for in a computed of the host's. */
  readonly actionBarButtons?: readonly ComfyBarButton[]
  readonly onAuthUserResolved?: (user: ComfyUser) => void
  readonly onAuthUserLogout?: () => void
  /** After each workflow that is put on the canvas. */
  readonly afterConfigureGraph?: () => void
}

export interface ComfyNode {
  readonly type?: string | null
  readonly title?: string
  readonly subgraph?: ComfyGraph
}

export interface ComfyGraph {
  readonly getNodeById?: (id: string | number) => ComfyNode | null | undefined
  readonly serialize?: () => unknown
}

/** Pinia stores of the host; a store's members differ between versions. */
export type ComfyStore = Readonly<Record<string, unknown>>

type SayToast = (title: string, options: object) => unknown

/** `remove` is of 1.50 and before, the rest but `add` of 1.58 and later. */
export interface ComfyToasts {
  readonly add?: (message: object) => void
  readonly remove?: (message: object) => void
  readonly success?: SayToast
  readonly info?: SayToast
  readonly warning?: SayToast
  readonly error?: SayToast
  readonly dismiss?: (id: string) => unknown
}

/** A file of workflow; `filename` has neither folder nor suffix. */
export interface ComfyWorkflow {
  readonly filename?: string
  readonly isTemporary?: boolean
  readonly isLoaded?: boolean
  /** The graph as it stands; null until it is loaded. */
  readonly activeState?: unknown
  readonly load?: () => Promise<unknown>
}

export interface ComfyExtensionManager {
  readonly setting?: {
    readonly settings?: Record<string, ComfySetting>
    readonly get?: (id: string) => unknown
    readonly set?: (id: string, value: unknown) => unknown
  }
  readonly command?: { readonly execute?: (id: string) => Promise<unknown> }
  readonly toast?: ComfyToasts
  readonly workflow?: {
    readonly activeWorkflow?: ComfyWorkflow | null
    readonly persistedWorkflows?: readonly ComfyWorkflow[]
  }
  readonly _p?: { readonly _s?: ReadonlyMap<string, ComfyStore> }
}

export interface ComfyApp {
  readonly registerExtension?: (extension: ComfyExtension) => void
  readonly api?: EventTarget & {
    readonly queuePrompt?: unknown
    readonly fetchApi?: (route: string) => Promise<Response>
    /** The route below the host's base, whatever prefix that has. */
    readonly apiURL?: (route: string) => string
  }
  readonly queuePrompt?: unknown
  readonly loadGraphData?: (
    graph: unknown,
    clean: boolean,
    restoreView: boolean,
    workflow: ComfyWorkflow,
  ) => Promise<unknown>
  readonly graph?: ComfyGraph
  readonly rootGraph?: ComfyGraph
  readonly ui?: {
    readonly settings?: {
      readonly addSetting?: (setting: ComfySetting) => void
      readonly addEventListener?: EventTarget['addEventListener']
      readonly removeEventListener?: EventTarget['removeEventListener']
    }
  }
  readonly extensionManager?: ComfyExtensionManager
}
