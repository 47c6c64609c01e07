import * as z from 'zod'

const provider = z.enum(['password', 'google.com', 'github.com'])
/** How a person signed up, in Firebase's names. */
export type Provider = z.infer<typeof provider>

/** The stand-in's state, in one file. Times are epoch milliseconds. */
const user = z.object({
  id: z.string(),
  email: z.string(),
  displayName: z.string().nullable(),
  emailVerified: z.boolean(),
  /** Files from before it have none. */
  provider: provider.default('password'),
  /** `scrypt` of the password, with its salt, both in hex: `salt:hash`. */
  password: z.string(),
  createdMs: z.int(),
  lastLoginMs: z.int(),
  /** Tokens of logins before this are void: the password changed. */
  validSinceMs: z.int(),
})
export type User = z.infer<typeof user>

const login = z.object({ user: z.string(), atMs: z.int() })

export const stateSchema = z.object({
  users: z.record(z.string(), user),
  /** By the SHA-256 of the refresh token. */
  logins: z.record(z.string(), login),
})
export type State = z.infer<typeof stateSchema>

/** E-mail addresses are compared without regard to case, as Google does. */
export function findByEmail(state: State, email: string): User | undefined {
  const wanted = email.toLowerCase()
  return Object.values(state.users).find((candidate) => candidate.email === wanted)
}
