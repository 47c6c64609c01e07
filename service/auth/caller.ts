/** The caller, authenticated by a credential. `subject` keys the person's account. */
export interface Caller {
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  /**
   * The credential's workspace, by its id in the database. Null for an identity token, which stands
   * for the person's own, and for a key of their own workspace.
   */
  readonly workspaceId: string | null
  readonly method: 'identity-token' | 'workspace-token' | 'api-key'
  /** The API key that was sent, or that the token was made for; null: the person's login. */
  readonly keyId: string | null
  /** When the credential ends, and with it whatever is made for it; null: it does not by itself. */
  readonly expiresAt: Date | null
}
