import { expect, test } from 'vitest'
import { statusText } from '../../../sandbox/nodes/api/status-text.ts'

test.each([
  [12.66, 'Price: 12.66 credits'],
  [20.5, 'Price: 20.5 credits'],
  [8, 'Price: 8 credits'],
  [0.126, 'Price: 0.13 credits'],
  [1234.5, 'Price: 1,234.5 credits'],
])('%d credits are shown as ComfyUI shows them', (credits, line) => {
  expect(statusText('Pending', credits, 3)).toBe(`Status: Pending\n${line}\nTime elapsed: 3s`)
})

test.each([null, 0, 0.001])('a price of %s has no line', (credits) => {
  expect(statusText('Completed', credits, 0)).toBe('Status: Completed\nTime elapsed: 0s')
})
