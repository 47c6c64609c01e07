import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { WholeWords } from '../../../src/ui/WholeWords.ts'

const shown = (text: string) => mount(WholeWords, { props: { text } })
const whole = (text: string): string[] =>
  shown(text)
    .findAll('.cc-word')
    .map((word) => word.text())

it('a word with a hyphen is not broken at it, and its text stays as it is', () => {
  expect(whole('Model: tempo-2, or aurora-ultra')).toEqual(['tempo-2,', 'aurora-ultra'])
  expect(shown('Model: tempo-2, or aurora-ultra').text()).toBe('Model: tempo-2, or aurora-ultra')
})

it('what is no word, or longer than a narrow column, can be broken', () => {
  const id = '3f2b8c1e-77aa-4c1d-9a30-5d2f1c0b9e11'
  expect(whole(`100 - 20, Trailer, ${id}`)).toEqual([])
})

it('marks of direction stay outside of words, so that they enclose what they enclosed', () => {
  expect(whole('النموذج: \u2068Sample tempo-2\u2069')).toEqual(['tempo-2'])
})

it('goes its own way, and is text only', () => {
  expect(shown('<b>a-b</b>').html()).toContain('&lt;b&gt;a-b&lt;/b&gt;')
  expect(shown('a-b').element.tagName).toBe('BDI')
})
