import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'admin',
  description: `Shows what the operators of a credits service must decide, and records what they decided.

  webhooks            lists events of Stripe that a person should see: of another currency, of
                      accounts or payments we do not have, of the other mode, and those that failed
  webhooks show ID    prints one, with its body
  webhooks replay ID  processes one again, whatever became of it
  holds               lists calls of partners whose charge a person must look at
  holds done ID       takes one from the list; one that is unresolved is not charged
  holds charge ID     charges an unresolved one what it was estimated at
  keys list WHO       lists the API keys of a person or of a workspace (ws_…), by their prefix
  keys make PERSON    makes one and shows it, this once: of --workspace, or of the person's own
  keys change ID      gives it another --name, or moves its end by --expires
  keys revoke ID      refuses it from now on, with every token made for it
  members list WORKSPACE
                      lists who is in a workspace
  members remove WORKSPACE PERSON
                      takes a person out: their keys and tokens of it end at once
  backup FILE         writes the whole ledger into a new file, while the service runs on its server
  restore FILE        reads one into an empty database, of either kind, and audits it

A person is named by the sub of their login.`,
  options: {
    name: { type: 'text', value: 'NAME', help: 'what the key is called' },
    expires: { type: 'text', value: 'DATE', help: 'when it ends, such as 2027-06-01; or never' },
    workspace: { type: 'text', value: 'ID', help: 'the workspace that the key is for (ws_…)' },
  },
  arguments: {
    value: 'SUBJECT [ACTION ID]',
    atMost: 4,
    missing: 'Say what to do: webhooks, holds, keys, members, backup or restore.',
  },
  notes: `Environment, as for the service:
  DATABASE_URL  its PostgreSQL server; it may be running
  DATA_DIR      without one: its data folder, which must not be in use (default .data/credits)`,
  examples: [
    'npm run admin -- holds',
    'npm run admin -- keys make user-4711 --name "Render farm" --expires 2027-06-01',
    'npm run admin -- backup credits.backup.gz',
    'DATABASE_URL=postgres://… npm run admin -- webhooks replay evt_1',
  ],
  async run(options, args) {
    const { administer } = await import('../admin.ts')
    await administer(args, options)
  },
})
