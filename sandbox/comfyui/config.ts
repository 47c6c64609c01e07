import type { Logger } from 'pino'

export interface ComfyUIConfig {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** The unpacked `static` folder of comfyui-frontend-package, and its version. */
  readonly frontendDir: string
  readonly frontendVersion: string
  /** The built extension, served as a custom node's web directory; null for a bare ComfyUI. */
  readonly extensionDir: string | null
  /** The extension's `locales` folder, merged into /i18n as ComfyUI does; null for none. */
  readonly extensionLocales: string | null
  /** The folder for settings, user data and images. */
  readonly dataDir: string
  /** Base of the credits service as this server reaches it. */
  readonly creditsUrl: string
  /** What the page's service worker needs; null leaves the page as the frontend ships it. */
  readonly networkMock: NetworkMockFiles | null
  /**
   * Delays of the answers to POST /prompt in ms, used in turn: in ComfyUI the answer and the run's
   * events race, so a client must not rely on either order.
   */
  readonly answerDelaysMs?: readonly number[]
  readonly pollEveryMs?: number
  readonly retryAfterMs?: number
  readonly log: Logger
}

export interface NetworkMockFiles {
  /** Folder with `network-mock.js` and `mockServiceWorker.js`. */
  readonly dir: string
  /** How the browser reaches the identity stand-in and the credits service. */
  readonly identityUrl: string
  readonly creditsUrl: string
  /** Where Stripe.js comes from; without it, no Stripe.js. */
  readonly stripeJsUrl?: string | undefined
  readonly contract: 'extended' | 'plain'
}
