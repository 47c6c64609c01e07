import { firstPaintFiles, readManifest } from './scripts/bundle-files.ts'

// Gzip: the usual measure, and what a proxy in front of ComfyUI sends.
export default [
  {
    name: 'Entry, imported by every ComfyUI page at boot',
    path: 'dist/credits.js',
    limit: '10 kB',
    gzip: true,
  },
  {
    name: "All that the panel's first paint loads",
    path: firstPaintFiles(readManifest()).map((file) => `dist/${file}`),
    limit: '130 kB',
    gzip: true,
  },
]
