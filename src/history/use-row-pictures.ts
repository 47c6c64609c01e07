import { onScopeDispose, ref, shallowReactive } from 'vue'
import { useCreditsContext } from '../context.ts'
import { hasPreview } from '../runs/output-kind.ts'
import type { OutputFile } from '../runs/output-file.ts'
import type { HistoryRow } from './row.ts'

/** More files than anybody scrolls past whose pictures are gone. */
const MAX_GONE = 2000

export type RowPictures = ReturnType<typeof useRowPictures>

/** Small pictures of what runs put out, asked of ComfyUI's own server where the person has them on. */
export function useRowPictures() {
  const { host } = useCreditsContext()
  const on = ref(host.isOn('thumbnails'))
  onScopeDispose(
    host.onOptionChange('thumbnails', (now) => {
      on.value = now
    }),
  )
  /** Addresses that gave no picture: they are not asked again as their lines come and go. */
  const gone = shallowReactive(new Set<string>())

  const addressOf = (output: OutputFile): string | null =>
    hasPreview(output) ? host.outputUrl(output, { preview: true }) : null

  return {
    /** Null where an icon stands for it. */
    of({ output }: HistoryRow): string | null {
      if (!on.value || output === null) return null
      const url = addressOf(output)
      return url === null || gone.has(url) ? null : url
    },
    /** Whether its picture was asked for, and was not there. */
    isMissing: (output: OutputFile): boolean => gone.has(addressOf(output) ?? ''),
    missing(url: string): void {
      if (gone.size >= MAX_GONE) gone.clear()
      gone.add(url)
    },
  }
}
