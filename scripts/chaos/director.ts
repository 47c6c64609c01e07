import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../sandbox/partner/random.ts'
import type { Instance, World } from './world.ts'

export interface Plan {
  readonly operations: number
  /** Of each process. */
  readonly kills: number
  /** Of the PostgreSQL server. */
  readonly databaseKills: number
  readonly clockJumps: number
  readonly fullDisks: number
}

export interface Blow {
  /** After so many operations. */
  readonly at: number
  readonly name: string
  strike(): Promise<void>
}

const DOWN_MS = 800
const FULL_MS = 5_000
const JUMP_MS = 8_000
const HOUR_MS = 3_600_000

/** What is done to the processes, in a random order spread over all operations. */
export function planBlows(world: World, random: Random, plan: Plan): Blow[] {
  const { postgres, disk } = world
  const pause = () => wait(random() * DOWN_MS)
  const victims = [world.stripe, world.partner, ...world.instances.map(({ victim }) => victim)]
  const kinds: { name: string; times: number; strike(): Promise<void> }[] = victims.map(
    (victim) => ({
      name: `kill −9 of ${victim.name}`,
      times: plan.kills,
      strike: oneByOne(async () => {
        await victim.kill()
        await pause()
        await victim.start()
      }),
    }),
  )
  const strikeDatabase = oneByOne((strike: () => Promise<void>) => strike())
  if (postgres) {
    const kill = async () => {
      await postgres.kill(random() < 0.5 ? 'SIGKILL' : 'SIGQUIT')
      await pause()
      await postgres.restart()
    }
    const strike = () => strikeDatabase(kill)
    kinds.push({ name: 'kill of PostgreSQL', times: plan.databaseKills, strike })
  }
  const jumpOnce = oneByOne(() => jump(world.instances, random))
  kinds.push({ name: 'jump of a clock', times: plan.clockJumps, strike: jumpOnce })
  if (disk.fill) {
    const strike = () => strikeDatabase(() => fill(world))
    kinds.push({ name: 'full disk', times: plan.fullDisks, strike })
  }
  return kinds
    .flatMap(({ name, times, strike }) =>
      Array.from({ length: times }, () => ({
        at: Math.floor((0.02 + 0.95 * random()) * plan.operations),
        name,
        strike,
      })),
    )
    .toSorted((one, other) => one.at - other.at)
}

/** What strikes again must wait until it has got up. */
function oneByOne<Args extends unknown[]>(run: (...args: Args) => Promise<void>) {
  let last = Promise.resolve()
  return (...args: Args): Promise<void> => {
    const next = last.then(() => run(...args))
    last = next.catch(() => {})
    return next
  }
}

/** One instance's clock goes ahead, or back, by up to three hours, and then to the true time. */
async function jump(instances: readonly Instance[], random: Random): Promise<void> {
  const instance = instances[Math.floor(random() * instances.length)]
  if (!instance) return
  const set = (aheadMs: number) => {
    writeFileSync(instance.clockFile, String(Math.round(aheadMs)))
    instance.victim.signal('SIGUSR2')
  }
  set((random() * 6 - 3) * HOUR_MS)
  await wait(JUMP_MS)
  set(0)
}

/** The database's disk is full for some seconds. What ended by that is started again. */
async function fill({ disk, postgres }: World): Promise<void> {
  disk.fill?.()
  await wait(FULL_MS)
  disk.free()
  await postgres?.restart()
}
