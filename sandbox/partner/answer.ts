/** A partner's result. Pictures and files are base64. */
export interface Result {
  readonly images?: readonly string[]
  readonly text?: string
  readonly files?: readonly { readonly name: string; readonly base64: string }[]
}

/** What the credits service prices a call by, and nothing else. */
export interface Usage {
  readonly images?: number
  readonly seconds?: number
  readonly megapixels?: number
  readonly input_tokens?: number
  readonly output_tokens?: number
}

export interface Work {
  readonly result: Result
  readonly usage: Usage
}

/** Errors as partners word them: the node shows message and type. */
export interface PartnerErrorBody {
  readonly error: { readonly message: string; readonly type: string }
}

export class BadPicture extends Error {
  override readonly name = 'BadPicture'
}
