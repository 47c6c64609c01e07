import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import type { ComfyUIConfig } from '../../../../sandbox/comfyui/config.ts'
import { startComfyUI } from '../../../../sandbox/comfyui/server.ts'

const PAGE =
  '<html><head><script type="module" crossorigin src="./assets/index-AbC_12-9.js"></script></head></html>'

async function writeTree(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

/** A host with a frontend and an extension of a few lines; all of it in a folder of its own. */
export async function openHost(overrides: Partial<ComfyUIConfig> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'comfyui-host-'))
  await writeTree(folder, {
    'secret.txt': 'not for the browser',
    'frontend/index.html': PAGE,
    'frontend/assets/index-AbC_12-9.js': '//',
    'frontend/assets/favicon.ico': '',
    'frontend/extensions/core/clipspace.js': '//',
    'extension/credits.js': 'export {}',
    'extension/nested/more.js': 'export {}',
    'extension/chunks/panel-1.mjs': 'export {}',
    'locales/en/main.json': '{"settingsCategories": {"credits": "Credits"}}',
    'locales/en/commands.json': '{"Credits_Open": {"label": "Open credits"}}',
    'locales/de/main.json': '{"settingsCategories": {"credits": "Guthaben"}}',
    'network-mock/network-mock.js': '//',
    'network-mock/mockServiceWorker.js': '//',
  })
  const start = () =>
    startComfyUI({
      port: 0,
      bind: '127.0.0.1',
      frontendDir: join(folder, 'frontend'),
      frontendVersion: '1.58.1',
      extensionDir: join(folder, 'extension'),
      extensionLocales: join(folder, 'locales'),
      dataDir: join(folder, 'data'),
      creditsUrl: 'http://127.0.0.1:9',
      networkMock: {
        dir: join(folder, 'network-mock'),
        identityUrl: 'http://identity.test',
        creditsUrl: 'http://credits.test',
        contract: 'extended',
      },
      answerDelaysMs: [0],
      pollEveryMs: 10,
      retryAfterMs: 1,
      log: pino({ level: 'silent' }),
      ...overrides,
    })
  let host = await start()
  return {
    get url() {
      return host.url
    },
    /** Ends the server and starts it again on the same data. */
    async restart(): Promise<void> {
      await host.close()
      host = await start()
    },
    async close(): Promise<void> {
      await host.close()
      await rm(folder, { recursive: true })
    },
  }
}

export interface TabMessage {
  readonly type: string
  readonly data: unknown
}

/** A browser tab's websocket; notes what it hears. Binary frames come as type `binary`. */
export async function openTab(url: string, clientId: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${clientId}`)
  const received: TabMessage[] = []
  const listeners = new Set<() => void>()
  socket.on('message', (raw: Buffer, isBinary: boolean) => {
    received.push(isBinary ? { type: 'binary', data: raw } : JSON.parse(raw.toString()))
    for (const listener of listeners) listener()
  })

  /** The first message that fits, received already or yet to come. */
  async function hears(fits: (message: TabMessage) => boolean): Promise<TabMessage> {
    return new Promise((resolve) => {
      const look = () => {
        const found = received.find(fits)
        if (!found) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      look()
    })
  }

  await hears((message) => message.type === 'status')
  return {
    received,
    hears,
    types: () => received.map((message) => message.type),
    say: (message: unknown) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  }
}

export async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url)
  return answer.json()
}
