import { afterEach, expect, it, vi } from 'vitest'
import type { ComfyApp } from '../../../src/host/comfy-types.ts'
import { hostFacts } from '../../../src/host/facts.ts'

afterEach(() => vi.unstubAllGlobals())

const withStats = (systemStats: unknown): ComfyApp => ({
  registerExtension: () => {},
  extensionManager: { _p: { _s: new Map([['systemStats', { systemStats }]]) } },
})

it('tells the versions that the page knows, and where what we use was found', () => {
  vi.stubGlobal('__COMFYUI_FRONTEND_VERSION__', '1.58.1')
  const facts = hostFacts(withStats({ system: { comfyui_version: '0.33.0' } }))
  expect(facts).toMatchObject({ frontendVersion: '1.58.1', comfyuiVersion: '0.33.0' })
  expect(facts.capabilities).toMatchObject({
    'extension hooks': 'app.registerExtension',
    'settings entry': 'missing: app.ui is undefined',
  })
})

it.each([null, {}, { system: null }, { system: { comfyui_version: 33 } }])(
  'tells no version of ComfyUI while the server has said %j',
  (stats) => {
    expect(hostFacts(withStats(stats)).comfyuiVersion).toBeNull()
  },
)

it('tells what it can of a host that throws', () => {
  const broken: ComfyApp = {
    get extensionManager(): never {
      throw new Error('broken')
    },
  }
  const facts = hostFacts(broken)
  expect(facts.comfyuiVersion).toBeNull()
  expect(facts.capabilities['stores']).toBe('missing: app.extensionManager throws')
})
