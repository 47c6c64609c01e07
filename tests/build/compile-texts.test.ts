import { expect, it } from 'vitest'
import { compileTexts } from '../../build/compile-texts.ts'

it('names the text that has a syntax error, so that the build fails and no page does', () => {
  expect(() => compileTexts({ buy: { title: 'Pay {usd' } })).toThrow('“Pay {usd”: ')
})

it('refuses what is no text', () => {
  expect(() => compileTexts({ title: 1 })).toThrow('title is neither a text nor a group of texts.')
})
