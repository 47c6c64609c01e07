import { describe, expect, it } from 'vitest'
import AmountField from '../../../../src/purchase/amount/AmountField.vue'
import { viewTests } from '../../support/view.ts'

const open = viewTests()
const ok = (usdMicros: number) => ({ state: 'ok', usdMicros, roundedUpFrom: null }) as const

/** Of 25 USD, as it was typed. */
async function openField(props: Record<string, unknown> = {}) {
  const field = await open(AmountField, {
    texts: 'purchase',
    props: {
      unit: 'usd',
      text: '25',
      amount: ok(25_000_000),
      typed: true,
      valueText: '25 dollars',
      describedBy: 'bounds',
      ...props,
    },
  })
  return { field, input: field.get('input') }
}

describe('the field of an amount', () => {
  it('is a spin button with a label, which says its bounds and its value', async () => {
    const { field, input } = await openField()
    expect(field.get('label').attributes('for')).toBe(input.attributes('id'))
    expect(input.attributes()).toMatchObject({
      role: 'spinbutton',
      inputmode: 'decimal',
      'aria-valuemin': '5',
      'aria-valuemax': '10000',
      'aria-valuenow': '25',
      'aria-valuetext': '25 dollars',
      'aria-describedby': 'bounds',
      'aria-invalid': 'false',
    })
  })

  it('counts in credits where these are typed', async () => {
    const { field, input } = await openField({ unit: 'credits', text: '5275' })
    expect(input.attributes()).toMatchObject({
      'aria-valuemin': '1055',
      'aria-valuemax': '2110000',
      'aria-valuenow': '5275',
    })
    expect(field.find('.cc-amount-sign').exists()).toBe(false)
  })

  it('has no value, and is invalid, where what was typed is no amount', async () => {
    const { input } = await openField({ text: 'abc', amount: { state: 'unreadable' } })
    expect(input.attributes('aria-valuenow')).toBeUndefined()
    expect(input.attributes('aria-invalid')).toBe('true')
  })

  it('is not invalid by what was typed into the other field', async () => {
    const { input } = await openField({ typed: false, amount: { state: 'unreadable' } })
    expect(input.attributes('aria-invalid')).toBe('false')
  })

  it('passes on what is typed, letter by letter as it is', async () => {
    const { field, input } = await openField()
    await input.setValue('1,000.00')
    expect(field.emitted('type')).toEqual([['1,000.00']])
  })

  it.each([
    ['ArrowUp', false, 1],
    ['ArrowUp', true, 5],
    ['ArrowDown', false, -1],
    ['ArrowDown', true, -5],
  ])('steps by %s, with Shift: %s', async (key, shiftKey, usd) => {
    const { field, input } = await openField()
    let cursorMoved = true
    field.element.addEventListener('keydown', (event: Event) => {
      cursorMoved = !event.defaultPrevented
    })
    await input.trigger('keydown', { key, shiftKey })
    expect(field.emitted('step')).toEqual([[usd]])
    expect(cursorMoved).toBe(false)
  })

  it('leaves other keys to the browser', async () => {
    const { field, input } = await openField()
    await input.trigger('keydown', { key: 'ArrowLeft' })
    expect(field.emitted('step')).toBeUndefined()
  })

  it('selects all on focus, so that typing replaces the amount', async () => {
    const { input } = await openField()
    const element = input.element as HTMLInputElement
    await input.trigger('focus')
    expect([element.selectionStart, element.selectionEnd]).toEqual([0, 2])
  })
})
