import { Problem } from '../../sandbox/problem.ts'
import { HOST_TARGETS, hostTargets, type HostTarget } from '../hosts.ts'

/** A part of `npm test`. Its name is stable: `--step` takes it, and CI's matrix is made of them. */
export interface Step {
  readonly name: string
  readonly title: string
  /**
   * - `first`: alone, because others use what it makes
   * - `pair`: two at a time, because each keeps about one core busy
   * - `end-to-end`: alone, because a browser and a sandbox keep two cores busy
   */
  readonly phase: 'first' | 'pair' | 'end-to-end'
  /** The frontend that it drives. */
  readonly target?: HostTarget
}

const LOCAL_STEPS: readonly Step[] = [
  { name: 'build', title: 'the extension', phase: 'first' },
  { name: 'unit', title: 'unit and component tests', phase: 'pair' },
  { name: 'lint', title: 'oxlint', phase: 'pair' },
  { name: 'format', title: 'oxfmt', phase: 'pair' },
  { name: 'unused', title: 'unused code, by knip', phase: 'pair' },
  { name: 'sizes', title: 'size budgets of the build', phase: 'pair' },
  { name: 'types', title: 'vue-tsc', phase: 'pair' },
  { name: 'node', title: 'tests of the service, the sandbox and the scripts', phase: 'pair' },
  { name: 'postgres', title: 'tests of the service on a PostgreSQL server', phase: 'pair' },
]

const NAMES = { whole: '', core: ':core', 'plain-http': ':plain-http' }
const TITLES = { whole: '', core: ', the core files', 'plain-http': ' on plain http' }

function endToEndStep(target: HostTarget): Step {
  return {
    name: `e2e:${target.version}${NAMES[target.scope]}`,
    title: `end-to-end tests on ComfyUI frontend ${target.version}${TITLES[target.scope]}`,
    phase: 'end-to-end',
    target,
  }
}

/** Every step there is. */
export const allSteps: readonly Step[] = [...LOCAL_STEPS, ...HOST_TARGETS.map(endToEndStep)]

/** The steps of `npm test` with this HOSTS. */
export function plannedSteps(hosts: string | undefined): readonly Step[] {
  return [...LOCAL_STEPS, ...hostTargets(hosts).map(endToEndStep)]
}

/** The steps with these names, in the order of `allSteps`. */
export function stepsNamed(names: readonly string[]): readonly Step[] {
  const unknown = names.filter((name) => !allSteps.some((step) => step.name === name))
  if (unknown.length > 0) {
    const known = allSteps.map(({ name }) => name).join(', ')
    throw new Problem(`There is no step ${unknown.join(', ')}. --step takes some of ${known}.`)
  }
  return allSteps.filter(({ name }) => names.includes(name))
}
