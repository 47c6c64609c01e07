/** The US dollars that the sandbox's users start with, by e-mail. */
export const SEED_BALANCES_USD: Readonly<Record<string, number>> = {
  'user@example.com': 10,
  'negative@example.com': -4.2,
  'team@example.com': 0,
}
