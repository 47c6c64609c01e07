import { describe, expect, it } from 'vitest'
import { FRONTEND_VERSIONS } from '../../sandbox/frontend/versions.ts'
import { hostsOnPlainHttp, readHosts } from '../../scripts/hosts.ts'

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

  it('where all are asked for, the oldest and the newest are driven on plain http too', () => {
    expect(hostsOnPlainHttp(readHosts())).toEqual([])
    expect(hostsOnPlainHttp(readHosts('all'))).toEqual(readHosts())
  })
})
