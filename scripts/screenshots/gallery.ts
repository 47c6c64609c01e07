import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Shot {
  readonly version: string
  readonly state: string
  readonly view: string
  /** In the album's folder. */
  readonly file: string
}

/** index.html in `folder`: every state with its versions and views side by side. */
export async function writeAlbum(folder: string, shots: readonly Shot[]): Promise<void> {
  const states = [...new Set(shots.map(({ state }) => state))]
  const sections = states.map((state) => {
    const figures = shots
      .filter((shot) => shot.state === state)
      .map(
        ({ version, view, file }) =>
          `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy"></a>` +
          `<figcaption>${version} ${view}</figcaption></figure>`,
      )
    return `<h2>${state}</h2><div>${figures.join('')}</div>`
  })
  await writeFile(join(folder, 'index.html'), page(sections.join('\n')))
}

const page = (body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="dark light">
<title>The Credits panel in its states</title>
<style>
  body { font: 14px system-ui, sans-serif; margin: 1rem; }
  div { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; }
  figure { margin: 0; }
  img { width: 100%; border: 1px solid #8886; }
</style>
${body}
`
