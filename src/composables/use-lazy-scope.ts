import { effectScope, onScopeDispose, shallowRef, type ShallowRef } from 'vue'

/**
 * What is loaded after the panel, and lives until the scope around it is disposed; null until it is
 * there. `load` resolves to what begins it.
 */
export function useLazyScope<T>(
  load: () => Promise<() => T>,
  failed: (error: unknown) => void,
): Readonly<ShallowRef<T | null>> {
  const begun = shallowRef<T | null>(null)
  const scope = effectScope()
  const begin = async (): Promise<void> => {
    const start = await load()
    if (scope.active) begun.value = scope.run(start) ?? null
  }
  begin().catch(failed)
  onScopeDispose(() => scope.stop())
  return begun
}
