import { closestOf, directionOf } from '../../i18n/closest-language.ts'
import { ATTEMPT_PARAMETER, CHANNEL, type ReturnMessage } from '../engine/return-channel.ts'

/**
 * The page a payment comes back to, on ComfyUI's own origin. It tells the tab that waits, says what
 * happened in a sentence, and closes itself where the browser lets it. It carries its own texts
 * (build/return-page.ts), so that it needs nothing that an update may have taken away meanwhile.
 */
const query = new URLSearchParams(window.location.search)
const outcome = query.get('checkout') === 'cancelled' ? 'cancelled' : 'success'

const message: ReturnMessage = {
  kind: 'checkout-returned',
  attempt: query.get(ATTEMPT_PARAMETER),
  outcome,
}
const channel = new BroadcastChannel(CHANNEL)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is its origin's own
channel.postMessage(message)
channel.close()

speak(query.get('lang') ?? navigator.language)

const shown = document.querySelector<HTMLElement>(`[data-outcome="${outcome}"]`)
if (shown) {
  shown.hidden = false
  document.title = shown.querySelector('h1')?.textContent ?? document.title
}

window.close()

/** ComfyUI's language is named in the address; it need not be the browser's. */
function speak(locale: string): void {
  const texts = textsByLanguage()
  const language = closestOf(Object.keys(texts), locale)
  document.documentElement.lang = language
  document.documentElement.dir = directionOf(language)
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]'))
    element.textContent = texts[language]?.[element.dataset['text'] ?? ''] ?? ''
}

/** By language, then by key: of our own build, so it is not checked again. */
function textsByLanguage(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return JSON.parse(document.querySelector('[data-texts]')?.textContent ?? '{}')
}
