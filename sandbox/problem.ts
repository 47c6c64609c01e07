/**
 * Something that went wrong in a way we foresaw. Its message is one or more whole sentences for the
 * person at the keyboard: what is wrong, and how to get out. Shown without a stack.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
}
