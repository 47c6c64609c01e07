/** A refusal in the shape of Google's APIs; the message is the code that the Firebase SDK reads. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message)
  }

  toResponse(): Response {
    return Response.json(
      {
        error: {
          code: this.status,
          message: this.message,
          errors: [{ message: this.message, domain: 'global', reason: 'invalid' }],
        },
      },
      { status: this.status },
    )
  }
}
