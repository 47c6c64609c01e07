import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawPng } from '../../../sandbox/partner/png.ts'
import { getJson, openHost } from './support/host.ts'

let host: Awaited<ReturnType<typeof openHost>>

beforeAll(async () => {
  host = await openHost()
})
afterAll(async () => {
  await host.close()
})

const get = (path: string) => fetch(host.url + path)
const send = (method: string, path: string, body: string) =>
  fetch(host.url + path, { method, body })

test('the page starts the network mock, which then loads the app', async () => {
  const page = await get('/').then((answer) => answer.text())
  expect(page).toContain(
    '<script type="module" src="/sandbox/network-mock.js" data-app="./assets/index-AbC_12-9.js"></script>',
  )
  expect(page).not.toContain('crossorigin src=')
})

test('without a network mock the page is as the frontend ships it', async () => {
  const bare = await openHost({ networkMock: null })
  try {
    const page = await fetch(bare.url).then((answer) => answer.text())
    expect(page).toContain('crossorigin src="./assets/index-AbC_12-9.js"')
    expect((await fetch(`${bare.url}/sandbox/network-mock.js`)).status).toBe(404)
  } finally {
    await bare.close()
  }
})

test('the page’s worker learns where the services are', async () => {
  expect(await getJson(`${host.url}/sandbox/config.json`)).toEqual({
    identityUrl: 'http://identity.test',
    creditsUrl: 'http://credits.test',
    contract: 'extended',
    frontendVersion: '1.58.1',
  })
})

test('every .js of the extension is imported at boot, nested ones too, and nothing else', async () => {
  expect(await getJson(`${host.url}/api/extensions`)).toEqual([
    '/extensions/core/clipspace.js',
    '/extensions/sandbox/default-workflow.js',
    '/extensions/comfyui-credits/credits.js',
    '/extensions/comfyui-credits/nested/more.js',
  ])
})

test.each([
  ['/extensions/comfyui-credits/credits.js', 'text/javascript', 'no-cache'],
  ['/extensions/comfyui-credits/chunks/panel-1.mjs', 'text/javascript', 'no-cache'],
  ['/extensions/sandbox/default-workflow.js', 'text/javascript', 'no-cache'],
  ['/assets/index-AbC_12-9.js', 'text/javascript', 'public, max-age=31536000, immutable'],
  ['/assets/favicon.ico', 'image/x-icon', 'no-cache'],
  ['/mockServiceWorker.js', 'text/javascript', 'no-cache'],
  ['/sandbox/workflow.json', 'application/json', 'no-cache'],
])('%s comes as %s with %s', async (path, type, cache) => {
  const answer = await get(path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain(type)
  expect(answer.headers.get('cache-control')).toBe(cache)
})

test('translations are merged as ComfyUI merges them', async () => {
  expect(await getJson(`${host.url}/api/i18n`)).toEqual({
    en: {
      settingsCategories: { credits: 'Credits' },
      commands: { Credits_Open: { label: 'Open credits' } },
    },
    de: { settingsCategories: { credits: 'Guthaben' } },
  })
})

test('settings survive a restart, and start as those of a person who knows ComfyUI', async () => {
  await send('POST', '/api/settings/Comfy.Locale', '"de"')
  await send('POST', '/api/settings', '{"Comfy.ColorPalette": "light"}')
  await host.restart()
  expect(await getJson(`${host.url}/api/settings`)).toMatchObject({
    'Comfy.TutorialCompleted': true,
    'Comfy.Locale': 'de',
    'Comfy.ColorPalette': 'light',
  })
  expect(await getJson(`${host.url}/api/settings/Comfy.Locale`)).toBe('de')
})

test('settings that are no JSON are refused', async () => {
  expect((await send('POST', '/api/settings', '{')).status).toBe(400)
  expect((await send('POST', '/api/settings', '[1]')).status).toBe(400)
})

test('user data can be written, listed, moved and deleted', async () => {
  const file = '/api/userdata/workflows%2Fmine.json'
  const written = await send('POST', `${file}?overwrite=false&full_info=true`, '{"a":1}')
  expect(await written.json()).toMatchObject({ path: 'workflows/mine.json', size: 7 })
  expect((await send('POST', `${file}?overwrite=false`, '{}')).status).toBe(409)
  expect(await getJson(`${host.url}/userdata?dir=workflows&recurse=true&full_info=true`)).toEqual([
    expect.objectContaining({ path: 'mine.json', size: 7 }),
  ])
  const moved = await send('POST', `${file}/move/workflows%2Fyours.json?overwrite=false`, '')
  expect(await moved.json()).toBe('workflows/yours.json')
  expect((await get(file)).status).toBe(404)
  expect(await getJson(`${host.url}/api/userdata/workflows%2Fyours.json`)).toEqual({ a: 1 })
  expect((await send('DELETE', '/api/userdata/workflows%2Fyours.json', '')).status).toBe(204)
  expect((await send('DELETE', '/api/userdata/workflows%2Fyours.json', '')).status).toBe(404)
  expect((await get('/api/userdata?dir=nowhere')).status).toBe(404)
})

const awayFromHome = fc
  .array(fc.constantFrom('..', '.', 'workflows', 'chunks', '%2e%2e', '..%2f..', '..\\..'), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => [...parts, 'secret.txt'].join('/'))

test('no path leads out of the folders', async () => {
  await fc.assert(
    fc.asyncProperty(awayFromHome, async (path) => {
      const answers = await Promise.all([
        get(`/api/userdata/${encodeURIComponent(path)}`),
        get(`/api/view?filename=${encodeURIComponent(path)}&type=output`),
        get(`/api/view?filename=secret.txt&subfolder=${encodeURIComponent(path)}&type=input`),
        get(`/extensions/comfyui-credits/${path}`),
        get(`/sandbox/${path}`),
        get(`/${path}`),
      ])
      for (const answer of answers) {
        expect(await answer.text()).not.toContain('not for the browser')
        expect(answer.status).toBe(404)
      }
      const put = await send('POST', `/api/userdata/${encodeURIComponent(`../${path}`)}`, 'x')
      expect(put.status).toBe(403)
    }),
    { numRuns: 50 },
  )
})

test('an uploaded image can be loaded and seen; what is no PNG is refused with a reason', async () => {
  const png = drawPng(4, 4, () => [1, 2, 3])
  const upload = (name: string, bytes: Buffer) => {
    const form = new FormData()
    form.set('image', new File([new Uint8Array(bytes)], name))
    return fetch(`${host.url}/api/upload/image`, { method: 'POST', body: form })
  }
  expect(await (await upload('mine.png', png)).json()).toEqual({
    name: 'mine.png',
    subfolder: '',
    type: 'input',
  })
  const info = await getJson(`${host.url}/api/object_info/LoadImage`)
  expect(info).toMatchObject({
    LoadImage: { input: { required: { image: [['mine.png', 'sample.png'], {}] } } },
  })
  const seen = await get('/api/view?filename=mine.png&type=input')
  expect(Buffer.from(await seen.arrayBuffer())).toEqual(png)
  const refused = await upload('page.png', Buffer.from('<script>'))
  expect(refused.status).toBe(400)
  expect(await refused.json()).toEqual({ error: expect.stringContaining('not a PNG') })
})

test('a query that does not fit is refused with a reason', async () => {
  const answer = await get('/api/jobs?limit=many')
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({ error: expect.stringContaining('limit') })
})

test('an unknown address is answered with 404 and JSON', async () => {
  const answer = await get('/api/no/such/thing')
  expect(answer.status).toBe(404)
  expect(await answer.json()).toEqual({ error: 'not found' })
})
