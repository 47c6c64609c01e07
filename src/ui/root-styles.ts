/**
 * Style sheets for a root of ours beside the panel's, with a class of its own. Its copy of the theme
 * comes into the page after the panel's sheets, and must not win over them there.
 */
export function stylesOf(rootClass: string, ...sheets: readonly string[]): string {
  return sheets.join('\n').replaceAll(/\.comfyui-credits(?![\w-])/g, `$&.${rootClass}`)
}
