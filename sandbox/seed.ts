import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { openAdmin, type Admin, type Person } from '@comfyui-credits/service/admin'

import { markSeeded, type DataFolder } from './data-folder.ts'
import { seedUsers } from './identity/users.ts'
import { SEED_BALANCES_USD } from './seed-balances.ts'

/** In two teams: owner of one, member of the other. */
const TEAM_USER = 'team@example.com'

/** Never logs in, but owns the team that the team user is a member of. */
const ACME_OWNER = {
  subject: 'sandboxAcmeOwner00000000004',
  email: 'robin@acme.example',
  name: 'Robin Acme',
}

/**
 * People whose own workspace has a billing account, which a ComfyUI with workspaces charges.
 */
const OWN_ACCOUNTS = [
  { email: 'stripe@example.com', rail: 'stripe', usd: 15 },
  { email: 'metronome@example.com', rail: 'metronome', usd: 30 },
] as const

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
    await seedOwnBillingAccounts(admin)
    await seedTeams(admin)
  } finally {
    await admin.close()
  }
  await markSeeded(data)
}

async function seedOwnBillingAccounts(admin: Admin): Promise<void> {
  for (const { email, rail, usd } of OWN_ACCOUNTS) {
    const { workspaceId } = await admin.createPersonalBillingAccount({
      person: personOf(email),
      rail,
    })
    await admin.adjust({
      workspaceId,
      usdMicros: usdMicrosFromUsd(usd),
      reference: `sandbox-seed:${email}`,
      reason: 'Opening balance of the sandbox',
    })
  }
}

function personOf(email: string): Person {
  const user = seedUsers.find((candidate) => candidate.email === email)
  if (!user) throw new Error(`${email} is no user of the sandbox.`)
  return { subject: user.id, email: user.email, name: null }
}

async function seedTeams(admin: Admin): Promise<void> {
  const person = personOf(TEAM_USER)
  const studio = { name: 'Team Studio', rail: 'stripe', owner: person, usd: 50 } as const
  const acme = { name: 'Acme Pictures', rail: 'metronome', owner: ACME_OWNER, usd: 20 } as const
  for (const { usd, ...team } of [studio, { ...acme, members: [person] }]) {
    const reference = `sandbox-seed:${team.name}`
    const { workspaceId } = await admin.createTeam({ ...team, reference })
    await admin.adjust({
      workspaceId,
      usdMicros: usdMicrosFromUsd(usd),
      reference,
      reason: 'Opening balance of the sandbox',
    })
  }
}
