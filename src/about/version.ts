/** Ours, as the registry and package.json have it. */
export { version } from '../../package.json' with { type: 'json' }
