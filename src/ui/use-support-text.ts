import { nextTick, ref, type Ref } from 'vue'
import { useCopy } from './use-copy.ts'

/** A text for support: it stands in `field`, to be copied from, only when it was asked for. */
export function useSupportText(field: Readonly<Ref<HTMLTextAreaElement | null>>) {
  const { copy, message } = useCopy({ copied: 'payments.copied', selected: 'payments.selected' })
  const shown = ref(false)

  async function copyText(): Promise<void> {
    shown.value = true
    await nextTick()
    if (field.value) await copy(field.value)
  }

  return { shown, message, copyText }
}
