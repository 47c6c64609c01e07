import { describe, expect, it } from 'vitest'
import { isolate, isolatedText } from '../../../src/i18n/isolate.ts'

const inIsolate = (text: string): string => `\u2068${text}\u2069`

describe('the values of a text', () => {
  it('are as they are in a text from left to right, so that it reads and is found as one', () => {
    const values = { credits: '5,275', change: '-12.66', count: 3, name: 'Castle at dusk 城堡' }
    expect(isolate(values, 'en')).toEqual(values)
    expect(isolate(values, 'zh')).toEqual(values)
  })

  it('have a direction of their own in a text from right to left: amounts, dates, ids, names', () => {
    expect(
      isolate({ credits: '-12.66', at: 'Nov 22, 2:30 PM', id: 'pi_1', count: 3 }, 'ar'),
    ).toEqual({
      credits: inIsolate('-12.66'),
      at: inIsolate('Nov 22, 2:30 PM'),
      id: inIsolate('pi_1'),
      count: inIsolate('3'),
    })
  })

  it.each(['قلعة', 'טירה 12', 'Castle قلعة'])(
    'have one in a text from left to right where they are not: %s',
    (name) =>
      expect(isolate({ name, credits: '12' }, 'en')).toEqual({
        name: inIsolate(name),
        credits: '12',
      }),
  )

  it('may be texts with values themselves', () => {
    const inner = `⟦${inIsolate('12')} credits⟧`
    expect(isolate({ cost: inner }, 'ar')).toEqual({ cost: inIsolate(inner) })
  })

  it.each(['a\u2069b', 'a\u2068b', 'a\u2069b\u2068', 'a\u202Eb', 'a\u202Bb\u2068c\u2069'])(
    'cannot leave their isolate, nor turn what is around it: %j',
    (name) => {
      const bare = name.replaceAll(/[\u202A-\u202E\u2066-\u2069]/gu, '')
      expect(isolate({ name }, 'ar')).toEqual({ name: inIsolate(bare) })
      expect(isolate({ name }, 'en')).toEqual({ name: bare })
    },
  )
})

describe('a part of a line', () => {
  it('has a direction of its own where one can differ', () => {
    expect(isolatedText('aurora-2', 'ar')).toBe(inIsolate('aurora-2'))
    expect(isolatedText('קלט', 'en')).toBe(inIsolate('קלט'))
    expect(isolatedText('7 in, 322 out', 'en')).toBe('7 in, 322 out')
    expect(isolatedText('a\u2069b', 'ar')).toBe(inIsolate('ab'))
  })
})
