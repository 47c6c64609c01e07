import { sampleImage, sampleImageEdit, sampleImageUltra, sampleUpscale } from './api/aurora.ts'
import { sampleModel3d } from './api/forma.ts'
import { sampleChat, sampleVision } from './api/lexis.ts'
import { sampleVideo, sampleVideoFromImage } from './api/tempo.ts'
import { loadImage } from './local/load-image.ts'
import { previewImage, saveImage } from './local/show-images.ts'
import { sampleSleep } from './local/sleep.ts'
import {
  previewAny,
  primitiveString,
  primitiveStringMultiline,
  sampleTextList,
} from './local/text.ts'
import type { SandboxNode } from './types.ts'

const nodes: readonly SandboxNode[] = [
  loadImage,
  previewImage,
  saveImage,
  previewAny,
  primitiveString,
  primitiveStringMultiline,
  sampleTextList,
  sampleSleep,
  sampleImage,
  sampleImageUltra,
  sampleImageEdit,
  sampleUpscale,
  sampleVideo,
  sampleVideoFromImage,
  sampleChat,
  sampleVision,
  sampleModel3d,
]

export type NodeCatalog = ReadonlyMap<string, SandboxNode>

/** All nodes of the sandbox by class name. */
export const nodeCatalog: NodeCatalog = new Map(nodes.map((node) => [node.face.name, node]))
