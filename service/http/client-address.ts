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
/** IPv4 as IPv6, however it is written: `::ffff:192.0.2.1`, `::ffff:c000:201`. */
const MAPPED = '0:0:0:0:0:ffff'

/** IPv4 as it is; of IPv6 the /64, which is one customer's. */
function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const groups = groupsOf(address)
  const mapped = groups.slice(0, 6).map(hex).join(':') === MAPPED
  if (mapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  return `${groups.slice(0, NETWORK_GROUPS).map(hex).join(':')}::/64`
}

const hex = (group: number): string => group.toString(16)

/** Of a right IPv6 address, its eight numbers. */
function groupsOf(address: string): number[] {
  const [before = '', after = ''] = withoutDots(address.split('%')[0] ?? '').split('::')
  const [head, tail] = [numbersOf(before), numbersOf(after)]
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => 0)
  return [...head, ...zeros, ...tail]
}

const numbersOf = (groups: string): number[] =>
  groups === '' ? [] : groups.split(':').map((group) => parseInt(group, 16))

/** An IPv4 address at its end stands for the last two groups. */
function withoutDots(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(Number) as [number, number, number, number]
    return `${hex(a * 256 + b)}:${hex(c * 256 + d)}`
  })
}
