/** Who calls, as proved by a credential. `subject` keys the account. */
export interface Caller {
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  readonly method: 'identity-token' | 'workspace-token' | 'api-key'
}
