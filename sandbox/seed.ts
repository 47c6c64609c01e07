import { usdMicrosFromUsd } from '../contract/money.ts'
import { openAdmin } from '../service/admin.ts'
import { markSeeded, type DataFolder } from './data-folder.ts'
import { seedUsers } from './identity/users.ts'
import { SEED_BALANCES_USD } from './seed-balances.ts'

/** The user whose API key the sandbox shows. */
const API_KEY_USER = 'user@example.com'

/**
 * Gives the sandbox's users their balances and one of them an API key, through the service's own
 * admin functions. Runs before the service, which locks its data.
 */
export async function seed(data: DataFolder, creditsDataDir: string): Promise<void> {
  const admin = await openAdmin({ folder: creditsDataDir })
  try {
    for (const { id, email } of seedUsers) {
      const usdMicros = usdMicrosFromUsd(SEED_BALANCES_USD[email] ?? 0)
      if (usdMicros === 0) continue // A new customer has just that.
      await admin.adjust({
        subject: id,
        email,
        usdMicros,
        // Makes a second run after a crash between here and the marker harmless.
        reference: `sandbox-seed:${email}`,
        reason: 'Opening balance of the sandbox',
      })
      if (email === API_KEY_USER) await admin.createApiKey({ subject: id, key: data.state.apiKey })
    }
  } finally {
    await admin.close()
  }
  await markSeeded(data)
}
