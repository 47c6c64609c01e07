/** The only lines we write to the console: what is wrong. */
export function report(message: string, ...causes: readonly unknown[]): void {
  // oxlint-disable-next-line no-console -- the only place where an extension can report this
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
