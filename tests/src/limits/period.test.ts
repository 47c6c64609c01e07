import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { beforeAll, describe, expect, it } from 'vitest'

/** Clocks change at night, at midnight, by half an hour; one day was left out altogether. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const PERIODS = ['day', 'week', 'month'] as const

/** From 2010 to 2019, at odd steps, and in each half hour around where the zone's clocks change. */
function instantsOf(zone: string): number[] {
  const [from, to] = [Date.UTC(2010, 0, 1), Date.UTC(2020, 0, 1)]
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const offset = (at: number): string =>
    format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const all: number[] = []
  for (let at = from; at < to; at += DAY) {
    if (((at - from) / DAY) % 9 === 0) all.push(at + ((at / DAY) % 1440) * MINUTE)
    if (offset(at) === offset(at + DAY)) continue
    for (let near = at - DAY / 2; near < at + 1.5 * DAY; near += 30 * MINUTE) all.push(near)
  }
  return all
}

interface Period {
  readonly from: number
  readonly resetsAt: number
}

/** By zone and instant. A thread cannot have a time zone of its own; the first one of a process can. */
function periodsOf(instants: Readonly<Record<string, readonly number[]>>) {
  const url = new URL('../../../src/limits/period.ts', import.meta.url).href
  const script = `
    import { readFileSync } from 'node:fs'
    import { periodOf } from ${JSON.stringify(url)}
    const periods = ${JSON.stringify(PERIODS)}
    const answer = Object.entries(JSON.parse(readFileSync(0, 'utf8'))).map(([zone, all]) => {
      process.env.TZ = zone
      return [zone, all.map((at) => periods.map((each) => periodOf(each, at)))]
    })
    console.log(JSON.stringify(Object.fromEntries(answer)))`
  const answer = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { input: JSON.stringify(instants), maxBuffer: 2 ** 28 },
  )
  return JSON.parse(answer.toString()) as Readonly<Record<string, readonly Period[][]>>
}

/** What a calendar in that zone says, from another source: the period's name at a time. */
function namesIn(zone: string): Readonly<Record<(typeof PERIODS)[number], (at: number) => string>> {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
  const day = (at: number): string => format.format(at)
  const week = (at: number): string => {
    const days = Date.parse(day(at)) / DAY
    // 1970-01-05 was a Monday.
    return String(Math.floor((days - 4) / 7))
  }
  return { day, week, month: (at) => day(at).slice(0, 7) }
}

describe('periods', () => {
  const instants = Object.fromEntries(ZONES.map((zone) => [zone, instantsOf(zone)]))
  let periods: ReturnType<typeof periodsOf>
  beforeAll(() => {
    periods = periodsOf(instants)
  })

  it.each(ZONES)('begin and end in %s where its calendar says, whatever the clocks do', (zone) => {
    const names = namesIn(zone)
    const wrong = (instants[zone] ?? []).flatMap((at, index) =>
      PERIODS.flatMap((period, which) => {
        const { from, resetsAt } = periods[zone]?.[index]?.[which] ?? { from: NaN, resetsAt: NaN }
        const name = names[period]
        const now = name(at)
        const isIn = from <= at && at < resetsAt
        const isFirst = name(from) === now && name(from - 1) !== now
        const isLast = name(resetsAt - 1) === now && name(resetsAt) !== now
        return isIn && isFirst && isLast ? [] : [`${period} of ${new Date(at).toISOString()}`]
      }),
    )
    expect(wrong).toEqual([])
  })
})
