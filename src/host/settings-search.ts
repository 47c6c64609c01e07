/** After the last letter the host waits 128 ms (1.58.1), then searches, and draws what it found. */
const HOST_SEARCHES_WITHIN_MS = 300
const LEAST_LETTERS = 4

interface Place {
  /** Our entry in the list of the settings; null while there is none. */
  readonly entry: () => HTMLElement | null
  /** Whether our panel is on screen. */
  readonly isShown: () => boolean
}

/**
 * Who searches the settings for credits is led to ours: 1.58 opens its own page, whose name has the
 * word as well, and which comes first.
 */
export function followSettingsSearch({ entry, isShown }: Place): void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function lead(field: HTMLInputElement): void {
    const found = entry()
    if (found && !isShown() && asksForUs(field, found)) found.click()
  }

  document.addEventListener(
    'input',
    ({ target }) => {
      if (!(target instanceof HTMLInputElement) || !isBeside(target, entry())) return
      clearTimeout(timer)
      timer = setTimeout(() => lead(target), HOST_SEARCHES_WITHIN_MS)
    },
    true,
  )
}

/** The search field is in the dialog that has the list, and no field of a panel in it. */
function isBeside(field: HTMLInputElement, entry: HTMLElement | null): boolean {
  const dialog = entry?.closest('[role="dialog"]')
  return dialog?.contains(field) === true && !field.closest('[data-setting-id]')
}

/** Also in the language of the host, in which the entry has its name. */
function asksForUs({ value }: HTMLInputElement, entry: HTMLElement): boolean {
  const words = value.trim().toLowerCase()
  const names = ['credits', entry.textContent.trim().toLowerCase()]
  const isLongEnough = words.length >= LEAST_LETTERS || names.includes(words)
  return isLongEnough && names.some((name) => name.startsWith(words))
}
