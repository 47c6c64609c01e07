import { afterAll, afterEach, beforeAll } from 'vitest'
import { openWorld, type Service, type World } from './service.ts'
import { startStandIn, type StandIn } from './stand-in.ts'

interface Opened {
  readonly world: World
  readonly standIn: StandIn
  readonly service: Service
}

/** A service that is paid at the sandbox's Stripe, for all tests of a file. */
export function standInTests(ready: (opened: Opened) => void): void {
  let opened: Opened
  beforeAll(async () => {
    const [world, standIn] = await Promise.all([openWorld(), startStandIn()])
    opened = { world, standIn, service: world.service('extended', standIn.url) }
    ready(opened)
  })
  afterAll(async () => {
    await opened.standIn.close()
    await opened.world.close()
  })
  afterEach(() => {
    opened.standIn.trouble = null
    opened.standIn.service = null
  })
}
