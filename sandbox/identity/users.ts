/** People who are there from the start. The ids are fixed: the ledger's seed knows them too. */
export const seedUsers = [
  { email: 'user@example.com', id: 'sandboxUser0000000000000001' },
  { email: 'negative@example.com', id: 'sandboxNegative00000000002' },
  { email: 'team@example.com', id: 'sandboxTeam0000000000000003' },
  { email: 'stripe@example.com', id: 'sandboxStripe00000000000005' },
  { email: 'metronome@example.com', id: 'sandboxMetronome00000000006' },
] as const

/** Every seeded person's password; a sandbox has no secrets. */
export const SEED_PASSWORD = 'Passw0rd!'
