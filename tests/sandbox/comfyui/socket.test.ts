import { afterEach, beforeEach, expect, test } from 'vitest'
import { ultraToSave } from './support/bench.ts'
import { gatedAnswers, startFakeService } from './support/fake-service.ts'
import { getJson, openHost, openTab } from './support/host.ts'

let jobs: ReturnType<typeof gatedAnswers>
let service: Awaited<ReturnType<typeof startFakeService>>
let host: Awaited<ReturnType<typeof openHost>>

beforeEach(async () => {
  jobs = gatedAnswers(12.66)
  service = await startFakeService(jobs.answer)
  host = await openHost({ creditsUrl: service.url })
})
afterEach(async () => {
  await host.close()
  await service.close()
})

async function queue(clientId: string | undefined, extra: object = {}) {
  const answer = await fetch(`${host.url}/api/prompt`, {
    method: 'POST',
    body: JSON.stringify({
      client_id: clientId,
      prompt: ultraToSave,
      extra_data: { auth_token_comfy_org: 'token-of-a-test', extra_pnginfo: { workflow: {} } },
      ...extra,
    }),
  })
  return { status: answer.status, body: await answer.json() }
}

test('run events go only to the tab that queued, texts to every tab', async () => {
  const mine = await openTab(host.url, 'mine')
  const other = await openTab(host.url, 'other')
  jobs.release()
  await queue('mine')
  await mine.hears((message) => message.type === 'execution_success')
  await other.hears(
    (message) =>
      message.type === 'status' && JSON.stringify(message.data).includes('"queue_remaining":0'),
  )
  expect(new Set(other.types())).toEqual(new Set(['status', 'binary']))
  expect(mine.types()).toContain('executed')
})

test('a text is type 3, length of the node’s id, id, text, and says nothing of the run', async () => {
  const tab = await openTab(host.url, 'tab')
  await queue('tab')
  const { data } = await tab.hears((message) => message.type === 'binary')
  expect(data).toEqual(
    Buffer.concat([
      Buffer.from([0, 0, 0, 3, 0, 0, 0, 1]),
      Buffer.from('1Status: Waiting for server\nTime elapsed: 0s'),
    ]),
  )
})

test('a tab that reloads during its run receives the running node', async () => {
  const before = await openTab(host.url, 'tab')
  await queue('tab')
  await before.hears((message) => message.type === 'binary')
  before.close()
  const after = await openTab(host.url, 'tab')
  expect(await after.hears((message) => message.type === 'executing')).toMatchObject({
    data: { node: '1' },
  })
  jobs.release()
  await after.hears((message) => message.type === 'execution_success')
  expect(after.types()).not.toContain('execution_start')
})

test('a tab without an id gets one, and the server’s features when it says its own', async () => {
  const tab = await openTab(host.url, '')
  expect(tab.received[0]).toMatchObject({ data: { sid: expect.stringMatching(/^[0-9a-f]{32}$/) } })
  tab.say({ type: 'feature_flags', data: {} })
  expect(await tab.hears((message) => message.type === 'feature_flags')).toMatchObject({
    data: { supports_preview_metadata: true },
  })
})

test('the answer to a prompt may come after its price', async () => {
  await host.close()
  host = await openHost({ creditsUrl: service.url, answerDelaysMs: [0, 5000] })
  const tab = await openTab(host.url, 'tab')
  jobs.release()
  await queue('tab')
  await tab.hears((message) => message.type === 'execution_success')
  const late = queue('tab', { number: 1 }).then(
    () => 'answer' as const,
    () => 'no answer: the server is closed at the end of the test' as const,
  )
  const cached = tab.hears(
    ({ type, data }) => type === 'execution_cached' && JSON.stringify(data).includes('["1","2"]'),
  )
  expect(await Promise.race([late, cached.then(() => 'run' as const)])).toBe('run')
})

test('the token is in no list of the server', async () => {
  const tab = await openTab(host.url, 'tab')
  const queued = await queue('tab')
  const whileRunning = JSON.stringify([
    await getJson(`${host.url}/queue`),
    await getJson(`${host.url}/api/jobs`),
    await getJson(`${host.url}/api/jobs/${queued.body.prompt_id}`),
  ])
  jobs.release()
  await tab.hears((message) => message.type === 'execution_success')
  const afterwards = JSON.stringify([
    await getJson(`${host.url}/history`),
    await getJson(`${host.url}/api/jobs`),
    await getJson(`${host.url}/api/jobs/${queued.body.prompt_id}`),
    tab.received,
  ])
  expect(whileRunning).toContain(queued.body.prompt_id)
  expect(afterwards).toContain(queued.body.prompt_id)
  expect(whileRunning + afterwards).not.toContain('token-of-a-test')
})

test('jobs list running and finished runs, with the image to show', async () => {
  const tab = await openTab(host.url, 'tab')
  const { body } = await queue('tab')
  await tab.hears((message) => message.type === 'binary')
  expect(await getJson(`${host.url}/api/jobs?status=in_progress,pending`)).toMatchObject({
    jobs: [{ id: body.prompt_id, status: 'in_progress' }],
    pagination: { total: 1, has_more: false },
  })
  jobs.release()
  await tab.hears(({ type, data }) => type === 'executing' && JSON.stringify(data).includes('null'))
  expect(await getJson(`${host.url}/api/jobs?status=completed,failed,cancelled`)).toMatchObject({
    jobs: [
      {
        id: body.prompt_id,
        status: 'completed',
        outputs_count: 1,
        preview_output: { nodeId: '2', mediaType: 'images', type: 'output' },
      },
    ],
  })
})

test('a prompt that does not fit is refused with the node’s errors', async () => {
  const wrong = { 1: { class_type: 'PreviewAny', inputs: {} } }
  expect(await queue('tab', { prompt: wrong })).toMatchObject({
    status: 400,
    body: { error: { type: 'prompt_outputs_failed_validation' }, node_errors: { 1: {} } },
  })
})

test('a body that is no prompt is refused with a reason', async () => {
  expect(await queue('tab', { prompt: 'hello' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('prompt') },
  })
})
