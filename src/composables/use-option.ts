import { computed, onScopeDispose, ref, type WritableComputedRef } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { OptionName } from '../host/port.ts'

/** Whether the person has it switched on in the host's settings; set, it is switched there. */
export function useOption(name: OptionName): WritableComputedRef<boolean> {
  const { host } = useCreditsContext()
  const on = ref(host.isOn(name))
  onScopeDispose(
    host.onOptionChange(name, (now) => {
      on.value = now
    }),
  )
  return computed({
    get: () => on.value,
    set: (next) => host.setOption(name, next),
  })
}
