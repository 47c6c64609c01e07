import { expect, it } from 'vitest'
import { chosenStates } from '../../scripts/screenshots/panel.ts'

const KNOWN = ['usual', 'buy']

it('a gallery takes the states that are asked for, or all', () => {
  expect(chosenStates(KNOWN, ['buy'])).toEqual(['buy'])
  expect(chosenStates(KNOWN, [])).toEqual(KNOWN)
})

it('a gallery takes none for a state that there is not, and says which there are', () => {
  expect(() => chosenStates(KNOWN, ['buy', 'bye'])).toThrow(
    'There is no state "bye". --states takes some of usual, buy.',
  )
})
