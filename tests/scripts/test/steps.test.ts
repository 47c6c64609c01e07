import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FRONTEND_VERSIONS } from '../../../sandbox/frontend/versions.ts'
import { HOST_TARGETS } from '../../../scripts/hosts.ts'
import { endToEndFiles } from '../../../scripts/test/end-to-end.ts'
import { allSteps, plannedSteps, stepsNamed, type Step } from '../../../scripts/test/steps.ts'

const names = (steps: readonly Step[]): string[] => steps.map(({ name }) => name)
const LOCAL = 'build unit lint format unused sizes types node postgres'.split(' ')

describe('the steps of npm test', () => {
  it('by default are the checks, the tests, and two end-to-end runs', () => {
    expect(names(plannedSteps(undefined))).toEqual([...LOCAL, 'e2e:1.58.1', 'e2e:1.40.7:core'])
  })

  it('with HOSTS=all are all but the core run, which the whole one contains', () => {
    const all = names(allSteps).filter((name) => name !== 'e2e:1.40.7:core')
    expect(names(plannedSteps('all'))).toEqual(all)
    expect(all.slice(LOCAL.length)).toEqual([
      'e2e:1.40.7',
      'e2e:1.40.7:plain-http',
      'e2e:1.45.21',
      'e2e:1.50.6',
      'e2e:1.58.1',
      'e2e:1.58.1:plain-http',
    ])
  })

  it('are chosen by name, also those that HOSTS leaves out', () => {
    expect(names(stepsNamed(['e2e:1.45.21', 'lint']))).toEqual(['lint', 'e2e:1.45.21'])
  })

  it('refuse an unknown name, and name those there are', () => {
    expect(() => stepsNamed(['lint', 'e2e:2.0'])).toThrow(/^There is no step e2e:2\.0\. .*lint, /)
  })

  it('build before anything else, for the others use the build', () => {
    expect(allSteps.filter(({ phase }) => phase === 'first').map(({ name }) => name)).toEqual([
      'build',
    ])
  })
})

describe('the end-to-end files of a run', () => {
  it('exist, whether they are chosen or left out', () => {
    for (const target of HOST_TARGETS) {
      for (const argument of endToEndFiles(target)) {
        expect(existsSync(argument.replace('--exclude=', ''))).toBe(true)
      }
    }
  })

  it('are all of them on the oldest and the newest frontend', () => {
    for (const version of [FRONTEND_VERSIONS[0], FRONTEND_VERSIONS.at(-1) ?? '']) {
      expect(endToEndFiles({ version, scope: 'whole' })).toEqual([])
    }
  })

  it('are listed in CONTRIBUTING.md where npm test leaves them to HOSTS=all', () => {
    const core = endToEndFiles({ version: FRONTEND_VERSIONS[0], scope: 'core' })
    const all = readdirSync('tests/e2e').filter((name) => name.endsWith('.e2e.ts'))
    const left = all.filter((name) => !core.includes(`tests/e2e/${name}`))
    expect(left).toHaveLength(all.length - 3)
    const contributing = readFileSync('CONTRIBUTING.md', 'utf8').replaceAll(/\s+/g, ' ')
    const listed = left.map((name) => `\`${name.replace('.e2e.ts', '')}\``)
    expect(contributing).toContain(
      `on the oldest frontend: ${listed.slice(0, -1).join(', ')} and ${listed.at(-1)}`,
    )
  })
})

describe('the GitHub workflow', () => {
  const workflow = readFileSync('.github/workflows/ci.yml', 'utf8')

  it('runs each step of HOSTS=all in one job of its matrix', () => {
    const steps = [...workflow.matchAll(/^ +steps: ([\w:.,-]+)$/gm)].flatMap(([, list]) =>
      list?.split(','),
    )
    expect(steps.toSorted()).toEqual(names(plannedSteps('all')).toSorted())
  })
})
