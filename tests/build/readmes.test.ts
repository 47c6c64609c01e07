import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../..', name), 'utf8')

/** What a README says that is the same in every language. */
function skeletonOf(readme: string) {
  const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
  return {
    headings: [...readme.matchAll(/^#+ /gm)].map(String),
    code: blocks.map(([, language, code]) => `${language}\n${code}`),
    tableRows: [...readme.matchAll(/^\| /gm)].length,
    links: [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target).toSorted(),
  }
}

/** Each README links the other two. */
const withoutReadmes = ({ links, ...rest }: ReturnType<typeof skeletonOf>) => ({
  ...rest,
  links: links.filter((target) => target?.startsWith('README') !== true),
})

it.each(['README.zh.md', 'README.ja.md'])('%s has all that the English one has', (name) => {
  const english = withoutReadmes(skeletonOf(read('README.md')))
  expect(withoutReadmes(skeletonOf(read(name)))).toEqual(english)
})
