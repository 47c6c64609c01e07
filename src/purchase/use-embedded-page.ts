import { useEventListener, useTimeoutFn } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import type { EmbeddedPurchaseBody } from '@comfyui-credits/contract/schemas'
import { ApiError, type ApiErrorCode } from '../api/port.ts'
import { pageMessageSchema, type PageEvent, type PayMessage } from './embedded/messages.ts'

/** So long a form may take to appear before another way is recommended. It may still come. */
const PATIENCE_MS = 12_000

/** `completed` is what Stripe's script says, which proves nothing. */
type Stage = 'loading' | 'slow' | 'shown' | 'completed' | 'failed'

export type EmbeddedProblem = ApiErrorCode | 'failed'

interface EmbeddedPageOptions {
  readonly frame: Readonly<Ref<HTMLIFrameElement | null>>
  /** Rejects with an ApiError. */
  readonly ticket: () => Promise<EmbeddedPurchaseBody>
  readonly shown: () => void
  readonly completed: () => void
  readonly escape: () => void
}

/**
 * How the page in the frame is doing. It asks for its order itself when it is ready, and again when
 * the host has taken the panel out and in, which loads it again.
 */
export function useEmbeddedPage({ frame, ticket, ...hooks }: EmbeddedPageOptions) {
  const stage = ref<Stage>('loading')
  const problem = ref<EmbeddedProblem | null>(null)
  const patience = useTimeoutFn(() => {
    if (stage.value === 'loading') stage.value = 'slow'
  }, PATIENCE_MS)

  function fail(why: EmbeddedProblem): void {
    stage.value = 'failed'
    problem.value = why
  }

  async function order(): Promise<void> {
    start()
    try {
      const { publishable_key: publishableKey, client_secret: clientSecret } = await ticket()
      const message: PayMessage = { kind: 'embedded-pay', publishableKey, clientSecret }
      frame.value?.contentWindow?.postMessage(message, window.location.origin)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      fail(error.code)
    }
  }

  function start(): void {
    stage.value = 'loading'
    problem.value = null
    patience.start()
  }

  function handle(event: PageEvent): void {
    switch (event) {
      case 'ready':
        void order()
        break
      case 'shown':
        stage.value = 'shown'
        hooks.shown()
        break
      case 'completed':
        stage.value = 'completed'
        hooks.completed()
        break
      case 'escape':
        hooks.escape()
        break
      default:
        fail(event)
    }
  }

  useEventListener(window, 'message', ({ source, origin, data }: MessageEvent<unknown>) => {
    const own = source !== null && source === frame.value?.contentWindow
    if (!own || origin !== window.location.origin) return
    const message = pageMessageSchema.safeParse(data).data
    if (message) handle(message.news)
  })

  return { stage, problem, start }
}
