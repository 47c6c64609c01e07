import type { OutputFile } from './output-file.ts'

export const outputKinds = ['image', 'video', 'audio', '3d', 'text'] as const
export type OutputKind = (typeof outputKinds)[number]

const byExtension: ReadonlyMap<string, OutputKind> = new Map(
  Object.entries({
    image: ['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'avif', 'exr', 'svg'],
    video: ['mp4', 'webm', 'mov', 'mkv', 'avi', 'm4v'],
    audio: ['mp3', 'wav', 'flac', 'ogg', 'opus', 'm4a', 'aac'],
    '3d': ['glb', 'gltf', 'obj', 'fbx', 'stl', 'ply', 'usdz', 'splat'],
    text: ['txt', 'json', 'md', 'csv', 'srt'],
  } satisfies Record<OutputKind, string[]>).flatMap(([kind, extensions]) =>
    extensions.map((extension) => [extension, kind as OutputKind]),
  ),
)

/** What ComfyUI's server can make a small picture of, and what a browser draws. */
const PREVIEWED = /\.(?:png|jpe?g|webp|gif|bmp|tiff?|avif)$/i

/** What a browser shows in a page of its own and runs no script of. */
const SHOWN = /\.(?:png|jpe?g|webp|gif|bmp|avif|mp4|webm|mov|m4v|mp3|wav|flac|ogg|opus|m4a|txt)$/i

/** By the file's name; null for a name that says nothing. */
export function kindOfFile({ filename }: OutputFile): OutputKind | null {
  const extension = /\.([a-z\d]+)$/i.exec(filename)?.[1]?.toLowerCase()
  return (extension !== undefined && byExtension.get(extension)) || null
}

export function hasPreview({ filename }: OutputFile): boolean {
  return PREVIEWED.test(filename)
}

export function canBeShown({ filename }: OutputFile): boolean {
  return SHOWN.test(filename)
}
