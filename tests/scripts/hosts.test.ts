import { describe, expect, it } from 'vitest'
import { FRONTEND_VERSIONS } from '../../sandbox/frontend/versions.ts'
import { hostTargets, isBetween, readHosts } from '../../scripts/hosts.ts'

describe('HOSTS', () => {
  it('is the oldest and the newest when it is not set', () => {
    expect(readHosts()).toEqual([FRONTEND_VERSIONS[0], FRONTEND_VERSIONS.at(-1)])
  })

  it('takes all, or a list', () => {
    expect(readHosts('all')).toEqual(FRONTEND_VERSIONS)
    expect(readHosts('1.45.21, 1.50.6')).toEqual(['1.45.21', '1.50.6'])
  })

  it('names what it does not know, and what it does', () => {
    expect(() => readHosts('1.58.1,2.0.0')).toThrow(/"2\.0\.0".*1\.40\.7/)
    expect(() => readHosts('')).toThrow('""')
  })
})

describe('the end-to-end runs', () => {
  const [oldest] = FRONTEND_VERSIONS
  const newest = FRONTEND_VERSIONS.at(-1)
  const named = (hosts?: string) =>
    hostTargets(hosts).map(({ version, scope }) => `${version} ${scope}`)

  it('without HOSTS: all files on the newest frontend, the core ones on the oldest', () => {
    expect(named()).toEqual([`${newest} whole`, `${oldest} core`])
  })

  it('with all: all files on every frontend, and plain http on the oldest and the newest', () => {
    expect(named('all').filter((run) => run.endsWith(' whole'))).toHaveLength(4)
    expect(named('all').filter((run) => !run.endsWith(' whole'))).toEqual([
      `${oldest} plain-http`,
      `${newest} plain-http`,
    ])
  })

  it('with a list: all files on each of them, also on the oldest', () => {
    expect(named('1.45.21,1.40.7')).toEqual(['1.40.7 whole', '1.45.21 whole'])
  })

  it('knows the frontends between the oldest and the newest', () => {
    expect(FRONTEND_VERSIONS.filter(isBetween)).toEqual(['1.45.21', '1.50.6'])
    expect(isBetween('1.60.0')).toBe(false)
  })
})
