import { NEWEST_FRONTEND } from '../../sandbox/frontend/versions.ts'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'start',
  description:
    'Starts a whole ComfyUI with the Credits tab in it: login, sample API nodes, payment.',
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
    plain: { type: 'flag', help: "the plain contract: an API without our service's additions" },
    embedded: {
      type: 'flag',
      help: `pay inside ComfyUI, by Stripe.js, instead of on a page of Stripe's;
with STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY (test mode) at Stripe itself`,
    },
  },
  examples: ['npm start', 'npm start -- --open --port 8400', 'npm start -- --lan --reset'],
  async run(options) {
    const { start } = await import('../start.ts')
    await start({ ...options, hostVersion: options['host-version'] })
  },
})
