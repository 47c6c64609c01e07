import { isIP } from 'node:net'
import type { AppContext } from './app-env.ts'

/**
 * Where a request comes from, for limits. Behind trusted proxies that is what the outermost of them
 * has added to X-Forwarded-For; whatever stands before it, anybody can have written. Of IPv6 the
 * network, since one customer has a whole /64. Null where nobody can say, as in tests.
 */
export function clientAddress(c: AppContext, trustedProxies: number): string | null {
  const peer = c.env.incoming?.socket.remoteAddress ?? null
  if (trustedProxies === 0) return peer === null ? null : networkOf(peer)
  const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').map((hop) => hop.trim())
  const named = withoutPort(hops.at(-trustedProxies) ?? hops[0] ?? '')
  const address = isIP(named) === 0 ? peer : named
  return address === null ? null : networkOf(address)
}

/** Some proxies add the port: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function withoutPort(hop: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

const NETWORK_GROUPS = 4
const GROUPS = 8

function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (isIP(address) !== 6) return address
  const [before = '', after] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => '0')
  const groups = after === undefined ? head : [...head, ...zeros, ...tail]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
