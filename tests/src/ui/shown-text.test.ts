import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shownText } from '../../../src/ui/shown-text.ts'

it('a name is shown as it is, up to what anybody reads', () => {
  expect(shownText('Castle “at” dusk 城 قلعة 👩‍🎨')).toBe('Castle “at” dusk 城 قلعة 👩‍🎨')
  expect(shownText('x'.repeat(1_000_000))).toBe(`${'x'.repeat(300)}…`)
  expect(shownText(`${'x'.repeat(299)}👑`)).toBe(`${'x'.repeat(299)}…`)
})

it('whatever a name is, it is one line that steers nothing', () => {
  const steering = fc.constantFrom('\n', '\r', '\u0000', '\u001B[31m', '\u2028', '\u202E', '\u2066')
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), steering)), (parts) => {
      expect(shownText(parts.join(''))).toMatch(
        /^[^\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u,
      )
    }),
  )
})
