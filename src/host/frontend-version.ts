/** As the frontend names itself, such as "1.58.1"; null where it does not. */
export function frontendVersion(): string | null {
  const version: unknown = Reflect.get(window, '__COMFYUI_FRONTEND_VERSION__')
  return typeof version === 'string' ? version : null
}
