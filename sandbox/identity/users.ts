import type { Provider } from './state.ts'

interface SeedUser {
  readonly email: string
  readonly id: string
  /** Where it is not by password. */
  readonly provider?: Provider
}

/** People who are there from the start. The ids are fixed: the ledger's seed knows them too. */
export const seedUsers = [
  { email: 'user@example.com', id: 'sandboxUser0000000000000001' },
  { email: 'negative@example.com', id: 'sandboxNegative00000000002' },
  { email: 'team@example.com', id: 'sandboxTeam0000000000000003' },
  { email: 'stripe@example.com', id: 'sandboxStripe00000000000005' },
  { email: 'metronome@example.com', id: 'sandboxMetronome00000000006' },
  // As if signed up in a window of Google's or GitHub's; here they log in by password all the same.
  { email: 'google@example.com', id: 'sandboxGoogle00000000000007', provider: 'google.com' },
  { email: 'github@example.com', id: 'sandboxGitHub00000000000008', provider: 'github.com' },
] as const satisfies readonly SeedUser[]

/** Every seeded person's password; a sandbox has no secrets. */
export const SEED_PASSWORD = 'Passw0rd!'
