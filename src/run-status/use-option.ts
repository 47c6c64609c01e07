import { onScopeDispose, readonly, ref, type Ref } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { OptionName } from '../host/port.ts'

/** Whether the person has it switched on in the host's settings. */
export function useOption(name: OptionName): Readonly<Ref<boolean>> {
  const { host } = useCreditsContext()
  const on = ref(host.isOn(name))
  onScopeDispose(
    host.onOptionChange(name, (now) => {
      on.value = now
    }),
  )
  return readonly(on)
}
