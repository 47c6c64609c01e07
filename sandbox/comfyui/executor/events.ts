import type { NodeUi } from '../../nodes/types.ts'

export interface NodeProgress {
  readonly value: number
  readonly max: number
  readonly state: 'running' | 'finished'
  readonly node_id: string
  readonly prompt_id: string
  readonly display_node_id: string
  readonly parent_node_id: null
  readonly real_node_id: string
}

interface Stamped {
  readonly prompt_id: string
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

export interface ExecutionErrorData extends Stamped {
  readonly node_id: string
  readonly node_type: string
  readonly executed: readonly string[]
  readonly exception_message: string
  readonly exception_type: string
  readonly traceback: readonly string[]
  readonly current_inputs: Readonly<Record<string, unknown>>
  readonly current_outputs: readonly string[]
}

/**
 * The messages of ComfyUI to the tab that queued a run, as recorded from ComfyUI 0.33.
 * All ids of nodes are strings; those of subgraphs have a colon.
 */
export type RunEvent =
  | { readonly type: 'execution_start'; readonly data: Stamped }
  | {
      readonly type: 'execution_cached'
      readonly data: Stamped & { readonly nodes: readonly string[] }
    }
  | { readonly type: 'execution_success'; readonly data: Stamped }
  | {
      readonly type: 'execution_interrupted'
      readonly data: Stamped & {
        readonly node_id: string
        readonly node_type: string
        readonly executed: readonly string[]
      }
    }
  | { readonly type: 'execution_error'; readonly data: ExecutionErrorData }
  | {
      readonly type: 'executing'
      readonly data: {
        readonly node: string | null
        readonly display_node?: string
        readonly prompt_id: string
      }
    }
  | {
      readonly type: 'executed'
      readonly data: {
        readonly node: string
        readonly display_node: string
        readonly output: NodeUi
        readonly prompt_id: string
      }
    }
  | {
      readonly type: 'progress'
      readonly data: {
        readonly value: number
        readonly max: number
        readonly prompt_id: string
        readonly node: string
      }
    }
  | {
      readonly type: 'progress_state'
      readonly data: {
        readonly prompt_id: string
        readonly nodes: Readonly<Record<string, NodeProgress>>
      }
    }

/** Where a run's events go. */
export interface RunSink {
  /** Only to the tab that queued. */
  send(event: RunEvent): void
  /** To every tab, without the run's id, as in ComfyUI. */
  broadcastText(nodeId: string, text: string): void
}
