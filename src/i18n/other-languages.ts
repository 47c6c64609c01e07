/**
 * The texts of every language but English, by `<language>/<file>`. A chunk of its own, so that a panel
 * in English does not carry the addresses of all the others.
 */
export const loaders: Record<string, () => Promise<object>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<object>(
      ['../../locales/*/{main,guard,history,limits,overview,purchase}.json', '!../../locales/en/*'],
      { import: 'default' },
    ),
  ).map(([path, load]) => [path.replace(/^.*locales\/|\.json$/g, ''), load]),
)

/** Rejects where the file is missing, in the repository or, after an update, on the server. */
export async function loadOther(language: string, file: string): Promise<object> {
  const load = loaders[`${language}/${file}`]
  if (!load) throw new Error(`locales/${language} has no ${file}.json`)
  return load()
}
