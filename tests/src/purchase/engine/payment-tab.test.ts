import { afterEach, expect, it, vi } from 'vitest'
import { reserveTab } from '../../../../src/purchase/engine/payment-tab.ts'

afterEach(() => vi.restoreAllMocks())

const TEXTS = { message: 'Opening…', late: 'No address yet.', back: 'Back to ComfyUI' }

function openTab() {
  const tab = {
    closed: false,
    opener: window as Window | null,
    document: document.implementation.createHTMLDocument(''),
    location: { replace: vi.fn() },
    close: vi.fn(),
  }
  vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window)
  const reserved = reserveTab(TEXTS)
  if (reserved === null) throw new Error('no tab')
  return { tab, reserved, late: tab.document.querySelector('[data-late]') }
}

it('shows what it waits for, and the way back when that takes long', () => {
  const { tab, late } = openTab()
  expect(tab.opener).toBeNull()
  expect(tab.document.title).toBe('Opening…')
  expect(tab.document.body.firstElementChild?.textContent).toBe('Opening…')
  expect(late?.querySelector('p')?.textContent).toBe('No address yet.')
  // Once ComfyUI's page is gone, this link leads to it.
  expect(late?.querySelector('a')?.href).toBe(window.location.href)
  expect(tab.document.querySelectorAll('style')).toHaveLength(1)
})

it('closes by its link while ComfyUI is there, and leads to the address all the same when it comes', () => {
  const { tab, reserved, late } = openTab()
  const click = new MouseEvent('click', { bubbles: true, cancelable: true })
  late?.querySelector('a')?.dispatchEvent(click)
  expect(click.defaultPrevented).toBe(true)
  expect(tab.close).toHaveBeenCalledOnce()
  reserved.go('https://checkout.stripe.com/1')
  expect(tab.location.replace).toHaveBeenCalledExactlyOnceWith('https://checkout.stripe.com/1')
})
