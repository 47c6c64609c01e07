import { computed, ref } from 'vue'
import { useCreditsContext } from '../context.ts'

/** Opens the workflow that a run was of, where the person has saved it under that name. */
export function useOpenWorkflow(name: () => string | null) {
  const { host } = useCreditsContext()
  const opening = ref(false)
  const failed = ref(false)
  const isSaved = computed(() => {
    const workflow = name()
    return workflow !== null && host.savedWorkflows?.has(workflow) === true
  })

  async function open(): Promise<void> {
    const workflow = name()
    if (workflow === null || opening.value) return
    opening.value = true
    try {
      failed.value = (await host.savedWorkflows?.open(workflow)) !== true
    } catch (error) {
      // The host could not read its file, or could not draw it: its own words are in the console.
      reportError(error)
      failed.value = true
    } finally {
      opening.value = false
    }
  }

  return { isSaved, open, opening, failed }
}
