import { NEWEST_FRONTEND } from '../../sandbox/frontend/versions.ts'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'start',
  description:
    'Starts a whole ComfyUI with the Credits tab: a login, sample API nodes and a payment page.',
  options: {
    port: {
      type: 'number',
      value: 'N',
      min: 1,
      max: 65_535,
      default: 8288,
      help: "ComfyUI's port",
    },
    lan: { type: 'flag', help: 'let phones and other machines on the local network in' },
    open: { type: 'flag', help: 'open a browser when ready' },
    'host-version': {
      type: 'text',
      value: 'V',
      default: NEWEST_FRONTEND,
      help: 'the ComfyUI frontend, 1.40 or newer',
    },
    data: {
      type: 'text',
      value: 'DIR',
      default: '.data',
      help: 'the folder for users, balances and images',
    },
    reset: { type: 'flag', help: 'empty that folder first' },
    plain: { type: 'flag', help: "an API without our service's additions: the plain contract" },
    embedded: {
      type: 'flag',
      help: `pay inside ComfyUI, with Stripe.js, instead of on Stripe's page;
set STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY (test mode) to pay at Stripe`,
    },
  },
  examples: ['npm start', 'npm start -- --open --port 8400', 'npm start -- --lan --reset'],
  async run(options) {
    const { start } = await import('../start.ts')
    await start({ ...options, hostVersion: options['host-version'] })
  },
})
