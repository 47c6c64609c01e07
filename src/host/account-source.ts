import type { ComfyApp, ComfyUser } from './comfy-types.ts'
import { accountOf, credentialsHolder, keyUser, LoginEnded, onLoginAction } from './login.ts'
import type { Account, AuthHeaders, Unsubscribe } from './port.ts'
import { guarded } from './report.ts'

/**
 * Who is logged in. The host's hooks report it, but its credentials change before that, and some
 * changes are never reported. In between there is nobody: the next person's credentials must not be
 * used for the last one's requests.
 */
export class AccountSource {
  readonly #listeners = new Set<(account: Account | null) => void>()
  #account: Account | null = null
  #holder: string | null = null
  #watching = false
  #endReported = false

  /** `ended` is called once for each login that was ended on another device. */
  constructor(
    private readonly app: ComfyApp,
    private readonly ended: () => void,
  ) {}

  login(user: ComfyUser): void {
    if (!this.#watching) onLoginAction(this.app, this.#lookAgain)
    this.#watching = true
    this.#become(accountOf(this.app, user))
  }

  logout(): void {
    this.#become(null)
  }

  now(): Account | null {
    return this.#isStillThere() ? this.#account : null
  }

  subscribe(listener: (account: Account | null) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What `ask` answers, while there is somebody to ask for. */
  async credentials(ask: () => Promise<AuthHeaders | null>): Promise<AuthHeaders | null> {
    if (this.now() === null) return null
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof LoginEnded)) throw error
      if (!this.#endReported) this.ended()
      this.#endReported = true
      return null
    }
  }

  #become(next: Account | null): void {
    const holder = next === null ? null : credentialsHolder(this.app)
    if (next?.id === this.#account?.id && holder === this.#holder) return
    this.#account = next
    this.#holder = holder
    this.#endReported = false
    for (const listener of this.#listeners) listener(next)
  }

  #isStillThere(): boolean {
    return this.#account === null || credentialsHolder(this.app) === this.#holder
  }

  /** For what no hook reports: a login on top of a key's, and a key in another's place. */
  readonly #lookAgain = guarded('Looking who is logged in', () => {
    if (this.#account === null || this.#isStillThere()) return
    // The hook reports the user of a new key, once the host has asked for it.
    this.#become(accountOf(this.app, this.#account.login === 'api-key' ? null : keyUser(this.app)))
  })
}
