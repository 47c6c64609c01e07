import { mount, type DOMWrapper, type VueWrapper } from '@vue/test-utils'
import { afterEach, vi } from 'vitest'
import { defineComponent, h, type Component } from 'vue'
import { createPanelHost, type PanelHost } from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import type { Api } from '../../../src/api/port.ts'
import type { TextPart } from '../../../src/i18n/languages.ts'
import { useTextPart } from '../../../src/i18n/texts.ts'
import { CreditsPlugin } from '../../../src/plugin.ts'

/** The views as they are: @vue/test-utils would put stand-ins for Vue's own transitions. */
export const NO_STUBS = { transition: false, 'transition-group': false }

interface ViewOptions {
  readonly props?: Record<string, unknown>
  /** Of its default slot. */
  readonly slot?: string
  /** What its texts come with. */
  readonly texts?: TextPart
  /** By default nobody is logged in, so nothing is asked of the API. */
  readonly host?: PanelHost
  /** Instead of these parts of the client. */
  readonly api?: Partial<Api>
}

/** A view by itself, in the document, with the real stores and texts of a panel around it. */
export function mountRoot(
  view: Component,
  { props = {}, slot, texts, host, api }: ViewOptions,
): VueWrapper {
  const slots = slot === undefined ? {} : { default: () => slot }
  const root = defineComponent({
    setup() {
      const state = texts && useTextPart(texts)
      return () => (state === undefined || state.value === 'ready' ? h(view, props, slots) : null)
    },
  })
  const context = {
    host: host ?? createPanelHost({ account: null }),
    api: { ...createApi(), ...api },
  }
  return mount(root, {
    attachTo: document.body,
    global: { plugins: [[CreditsPlugin, context]], stubs: NO_STUBS },
  })
}

/** Mounts views, each until its test ends. One set of hooks for a file. */
export function viewTests(): (view: Component, options?: ViewOptions) => Promise<VueWrapper> {
  const mounted = new Set<VueWrapper>()
  afterEach(() => {
    for (const root of mounted) root.unmount()
    mounted.clear()
  })
  return async (view, options = {}) => {
    const root = mountRoot(view, options)
    mounted.add(root)
    // For a store of it give its `vm.$pinia`: what another file left behind may be the active one.
    return vi.waitUntil(() => {
      const part = root.findComponent(view)
      return part.exists() && part
    })
  }
}

/** The element of that role, or tag, with that name. */
export function named(view: VueWrapper, selector: string, name: string): DOMWrapper<Element> {
  const found = view
    .findAll(selector)
    .find((one) => (one.attributes('aria-label') ?? one.text()) === name)
  if (!found) throw new Error(`No ${selector} named ${name} in ${view.html()}`)
  return found
}
