/** The run was interrupted while a local node worked; ComfyUI then sends `execution_interrupted`. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** An error with the Python type that ComfyUI would have named in `execution_error`. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  constructor(
    message: string,
    readonly exceptionType = 'Exception',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
