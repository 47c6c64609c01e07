/** PostgreSQL stores every character of a text but NUL. */
export function isStorable(text: string): boolean {
  return !text.includes('\0')
}
