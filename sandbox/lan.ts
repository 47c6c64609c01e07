import { networkInterfaces } from 'node:os'
import { Problem } from './problem.ts'

/** Bridges of containers and virtual machines: addresses that a phone does not reach. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vEthernet|tun|tap|utun)/

/** This machine's address in the local network. Throws a Problem where it has none. */
export function lanAddress(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const address = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (address && !VIRTUAL.test(name)) return address.address
  }
  throw new Problem(
    'This machine has no address in a local network. Connect it, or leave --lan out.',
  )
}
