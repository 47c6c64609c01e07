import type { SavedNode } from './workflow-file.ts'

/** What nodes pass on that run models on one's own machine. Partner nodes know none of these. */
const LOCAL_TYPES = new Set([
  'CLIP',
  'CLIP_VISION',
  'CLIP_VISION_OUTPUT',
  'CONDITIONING',
  'CONTROL_NET',
  'GUIDER',
  'LATENT',
  'MODEL',
  'NOISE',
  'SAMPLER',
  'SIGMAS',
  'STYLE_MODEL',
  'UPSCALE_MODEL',
  'VAE',
])

/** ComfyUI's own nodes, which partner nodes are among. */
const CORE = 'comfy-core'

/** Whether a file shows that a node is not a partner node, even where the server does not have it. */
export function isSurelyLocal({ pack, inputs, outputTypes }: SavedNode): boolean {
  const isOfExtension = pack !== null && pack !== CORE
  const types = [...inputs.map(({ type }) => type), ...outputTypes]
  return isOfExtension || outputTypes.length === 0 || types.some((type) => LOCAL_TYPES.has(type))
}
