import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensureFrontend } from '../../../sandbox/frontend/ensure.ts'

/**
 * A `python3` that answers as the real one and pip would, without a network. `PIP_SAYS` makes the
 * download fail with those words.
 */
const FAKE_PYTHON = `#!/bin/sh
case "$*" in
  *sys.exit*) exit 0 ;;
  *"pip --version"*) exit \${PIP_MISSING:-0} ;;
  *"pip download"*)
    if [ -n "$PIP_SAYS" ]; then echo "$PIP_SAYS" >&2; exit 1; fi
    while [ "$1" != "-d" ]; do shift; done
    : > "$2/frontend.whl" ;;
  *)
    for folder; do :; done
    mkdir -p "$folder/comfyui_frontend_package/static"
    echo index > "$folder/comfyui_frontend_package/static/index.html" ;;
esac
`

let root: string
let cache: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'frontend-'))
  cache = join(root, 'cache')
  await mkdir(join(root, 'bin'))
  await writeFile(join(root, 'bin/python3'), FAKE_PYTHON)
  await chmod(join(root, 'bin/python3'), 0o755)
  vi.stubEnv('COMFYUI_FRONTEND_DIR', '')
  vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true, force: true })
})

describe('ensureFrontend', () => {
  it('fetches a version once and leaves nothing else behind', async () => {
    const { dir, version } = await ensureFrontend('1.58.1', cache)
    expect(version).toBe('1.58.1')
    expect(await readFile(join(dir, 'index.html'), 'utf8')).toBe('index\n')
    expect(await readdir(cache)).toEqual(['1.58.1'])

    vi.stubEnv('PATH', '/nowhere')
    expect(await ensureFrontend('1.58.1', cache)).toEqual({ dir, version })
  })

  it('takes COMFYUI_FRONTEND_DIR instead of any', async () => {
    await writeFile(join(root, 'index.html'), 'own')
    vi.stubEnv('COMFYUI_FRONTEND_DIR', root)
    expect(await ensureFrontend('1.58.1', cache)).toEqual({ dir: root, version: '1.58.1' })
  })

  it('says when COMFYUI_FRONTEND_DIR holds no frontend', async () => {
    vi.stubEnv('COMFYUI_FRONTEND_DIR', root)
    await expect(ensureFrontend('1.58.1', cache)).rejects.toThrow('there is no index.html in it')
  })

  it.each([
    ['ERROR: [Errno 28] No space left on device', 'The disk is full'],
    [
      'NewConnectionError: Network is unreachable\nERROR: No matching distribution found for x',
      'Check the network',
    ],
    [
      'ERROR: No matching distribution found for comfyui-frontend-package==9.9.9',
      'has no comfyui-frontend-package',
    ],
    ['ERROR: something new', 'It said:\nERROR: something new'],
  ])('says how to go on when pip says %j, and leaves no partial copy', async (words, way) => {
    vi.stubEnv('PIP_SAYS', words)
    await expect(ensureFrontend('9.9.9', cache)).rejects.toThrow(way)
    expect(await readdir(cache)).toEqual([])
  })

  it('says how to get pip where Python has none', async () => {
    vi.stubEnv('PIP_MISSING', '1')
    vi.stubEnv('PATH', `${join(root, 'bin')}:/bin-without-another-python`)
    await expect(ensureFrontend('1.58.1', cache)).rejects.toThrow(/python3 has no pip.*Get it with/)
  })

  it('says how to get Python where there is none', async () => {
    vi.stubEnv('PATH', '/nowhere')
    await expect(ensureFrontend('1.58.1', cache)).rejects.toThrow('There is no Python 3.8 or newer')
  })

  it('refuses what is no version before it asks anybody', async () => {
    vi.stubEnv('PATH', '/nowhere')
    await expect(ensureFrontend('1.58; rm -rf /', cache)).rejects.toThrow('is no frontend version')
  })
})
