import * as z from 'zod/mini'
import type { OutputFile } from '../host/port.ts'

export type { OutputFile }

/** What file systems take for a name, and more than ComfyUI makes of folders. */
const MAX_NAME = 255
const MAX_FOLDER = 300

/** A name ending in this would send the server to another of its folders. */
const ANNOTATED = /\[(?:input|output|temp)\]$/
const CONTROL = /\p{Cc}/u

/** One name in a folder: nothing that leads elsewhere. */
const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !CONTROL.test(name) && !/[/\\:]/.test(name)

/** On Windows the server parts folders by a backslash. */
const isFolder = (path: string): boolean => path === '' || path.split(/[/\\]/).every(isName)

export const outputFileSchema = z.object({
  filename: z.string().check(
    z.maxLength(MAX_NAME),
    z.refine((name) => isName(name) && !ANNOTATED.test(name)),
  ),
  subfolder: z.string().check(z.maxLength(MAX_FOLDER), z.refine(isFolder)),
  type: z.enum(['output', 'temp']),
})

/** Nodes put out a few lists; a list may have an entry for each frame of a video. */
const MAX_LISTS = 20
const MAX_FILES = 50

/**
 * The first file of what a node put out, as ComfyUI's server reports it: lists of files by names such
 * as `images`, `gifs`, `audio` and `3d`. One that stays goes before one of a preview, which the server
 * deletes when it starts. Null where there is none.
 */
export function firstOutput(output: unknown): OutputFile | null {
  if (typeof output !== 'object' || output === null) return null
  const files = Object.values(output)
    .slice(0, MAX_LISTS)
    .filter(Array.isArray)
    .flatMap((list: unknown[]) => list.slice(0, MAX_FILES).flatMap(fileOf))
  return files.find(({ type }) => type === 'output') ?? files[0] ?? null
}

/** The one of two that stays, or else the earlier. */
export function lastingOutput(
  earlier: OutputFile | null,
  later: OutputFile | null,
): OutputFile | null {
  if (earlier?.type === 'temp' && later?.type === 'output') return later
  return earlier ?? later
}

/** A preview of a 3D model names its file by its path in the output folder. */
const MODEL_PATH = /^(?:(?<subfolder>.+)[/\\])?(?<filename>[^/\\]+\.(?:glb|gltf|obj|fbx|stl|ply))$/i

function fileOf(entry: unknown): OutputFile | [] {
  const value = typeof entry === 'string' ? fileOfPath(entry) : entry
  const parsed = outputFileSchema.safeParse(value)
  return parsed.success ? parsed.data : []
}

function fileOfPath(path: string): object | null {
  if (path.length > MAX_NAME + MAX_FOLDER) return null
  const { filename, subfolder = '' } = MODEL_PATH.exec(path)?.groups ?? {}
  return { filename, subfolder, type: 'output' }
}
