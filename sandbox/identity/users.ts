import type { Provider } from './state.ts'

interface SeedUser {
  readonly email: string
  readonly id: string
  /** Set if it is not by password. */
  readonly provider?: Provider
}

/** The first users. Their ids are fixed, since the ledger's seed uses them too. */
export const seedUsers = [
  { email: 'user@example.com', id: 'sandboxUser0000000000000001' },
  { email: 'negative@example.com', id: 'sandboxNegative00000000002' },
  { email: 'team@example.com', id: 'sandboxTeam0000000000000003' },
  { email: 'stripe@example.com', id: 'sandboxStripe00000000000005' },
  { email: 'metronome@example.com', id: 'sandboxMetronome00000000006' },
  // As if signed up through Google or GitHub, but with a password to log in here.
  { email: 'google@example.com', id: 'sandboxGoogle00000000000007', provider: 'google.com' },
  { email: 'github@example.com', id: 'sandboxGitHub00000000000008', provider: 'github.com' },
] as const satisfies readonly SeedUser[]

/** Every seeded person's password; a sandbox has no secrets. */
export const SEED_PASSWORD = 'Passw0rd!'
