import { refAutoReset } from '@vueuse/core'
import { computed } from 'vue'
import { useTexts, type TextKey } from '../i18n/texts.ts'

const SHOWN_FOR_MS = 4000

type Field = HTMLInputElement | HTMLTextAreaElement

/**
 * Copies what stands in a field. There is no clipboard on plain http; then the field is selected
 * and copied from, or where not even that is allowed left selected for the person's own keys. Which
 * it was is the `message` for a moment, in these words.
 */
export function useCopy(words: Readonly<Record<'copied' | 'selected', TextKey>>) {
  const t = useTexts()
  const outcome = refAutoReset<'copied' | 'selected' | null>(null, SHOWN_FOR_MS)
  const message = computed(() => (outcome.value === null ? '' : t(words[outcome.value])))

  async function copy(field: Field): Promise<void> {
    outcome.value = (await toClipboard(field.value)) || fromField(field) ? 'copied' : 'selected'
  }

  return { copy, message }
}

async function toClipboard(text: string): Promise<boolean> {
  // Typed as always there; on plain http it is not.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (!clipboard) return false
  try {
    await clipboard.writeText(text)
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}

function fromField(field: Field): boolean {
  field.focus()
  field.select()
  // Deprecated, and the only way there is on plain http.
  return document.execCommand('copy')
}
