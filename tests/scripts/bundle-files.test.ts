import { describe, expect, it } from 'vitest'
import { firstPaintFiles } from '../../scripts/bundle-files.ts'

const chunk = (file: string, imports: string[] = [], dynamicImports: string[] = []) => ({
  file,
  imports,
  dynamicImports,
})

describe('firstPaintFiles', () => {
  it('has the entry, the lazy panel and their imports, each once, and nothing that is loaded later', () => {
    const files = firstPaintFiles({
      'src/main.ts': chunk('credits.js', ['shared'], ['src/panel/mount.ts']),
      'src/panel/mount.ts': chunk('mount.mjs', ['shared', 'vue'], ['src/purchase/Popup.vue']),
      'src/purchase/Popup.vue': chunk('popup.mjs', ['vue']),
      shared: chunk('shared.mjs', ['vue']),
      vue: chunk('vue.mjs', ['shared']),
    })
    expect(files.toSorted()).toEqual(['credits.js', 'mount.mjs', 'shared.mjs', 'vue.mjs'])
  })

  it('fails for a build without the entry', () => {
    expect(() => firstPaintFiles({})).toThrow('src/main.ts')
  })
})
