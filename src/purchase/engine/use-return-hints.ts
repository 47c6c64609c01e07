import { useBroadcastChannel, useEventListener } from '@vueuse/core'
import { watch } from 'vue'
import { useSessionStore } from '../../session/store.ts'
import { CHANNEL, readReturnMessage } from './return-channel.ts'

interface ReturnHints {
  readonly mayBeBack: () => void
  readonly returned: (attempt: string | null, cancelled: boolean) => void
}

/** Everything that may mean "the person is back": each is a reason to poll, none is proof. */
export function useReturnHints({ mayBeBack, returned }: ReturnHints): void {
  const session = useSessionStore()
  useEventListener(window, ['focus', 'pageshow', 'online'], mayBeBack)
  useEventListener(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') mayBeBack()
  })
  watch(
    () => session.shown,
    (shown) => {
      if (shown) mayBeBack()
    },
  )
  const { data } = useBroadcastChannel({ name: CHANNEL })
  watch(data, (message) => {
    const read = readReturnMessage(message)
    if (read) returned(read.attempt, read.outcome === 'cancelled')
  })
}
