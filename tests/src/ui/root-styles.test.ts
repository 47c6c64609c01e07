import { expect, it } from 'vitest'
import { stylesOf } from '../../../src/ui/root-styles.ts'

it('styles of a root are for it alone, and nothing else of them is touched', () => {
  const theme = '.comfyui-credits{& .cc-icon{width:1em}@container comfyui-credits (width<1rem){}}'
  const own = '.comfyui-credits.cc-guard,.comfyui-credits-negative{color:red}'
  expect(stylesOf('cc-guard', theme, own)).toBe(
    [
      '.comfyui-credits.cc-guard{& .cc-icon{width:1em}@container comfyui-credits (width<1rem){}}',
      '.comfyui-credits.cc-guard.cc-guard,.comfyui-credits-negative{color:red}',
    ].join('\n'),
  )
})
