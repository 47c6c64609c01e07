/** The few words we ever say in the console: what is wrong, for whoever looks there. */
export function report(message: string, ...causes: readonly unknown[]): void {
  // oxlint-disable-next-line no-console -- the only place of a page where a guest can say this
  console.warn(`ComfyUI Credits: ${message}`, ...causes)
}

/** `task` for the host to call: what fails in it is reported and never reaches the host. */
export function guarded<Arguments extends unknown[], Result>(
  what: string,
  task: (...given: Arguments) => Result,
): (...given: Arguments) => Result | undefined {
  return (...given) => {
    try {
      return task(...given)
    } catch (error) {
      report(`${what} failed.`, error)
      return undefined
    }
  }
}
