import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Screenshot {
  readonly version: string
  readonly state: string
  readonly view: string
  /** In the gallery's folder. */
  readonly file: string
}

/** index.html in `folder`: every state, with its versions and views side by side. */
export async function writeGallery(
  folder: string,
  screenshots: readonly Screenshot[],
): Promise<void> {
  const states = [...new Set(screenshots.map(({ state }) => state))]
  const sections = states.map((state) => {
    const figures = screenshots
      .filter((screenshot) => screenshot.state === state)
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
<title>States of the Credits panel</title>
<style>
  body { font: 14px system-ui, sans-serif; margin: 1rem; }
  div { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; }
  figure { margin: 0; }
  img { width: 100%; border: 1px solid #8886; }
</style>
${body}
`
