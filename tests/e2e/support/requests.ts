import type { BrowserContext, CDPSession, Page } from 'playwright-core'

/** A request as the page made it, before the network mock forwarded it to a service. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly origin: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * `ours`: from our code. `network-mock`: from the sandbox's script that forwards outside requests to
   * local services. `host`: all others of ComfyUI's page. `elsewhere`: from other tabs.
   */
  readonly by: 'ours' | 'network-mock' | 'host' | 'elsewhere'
}

/** Our files, as the page names them in a stack. */
export const OUR_FILES = '/extensions/comfyui-credits/'
const NETWORK_MOCK_FILE = '/sandbox/network-mock.js'

/** A run that the host queues passes through our interceptor (src/host/interceptor.ts), with the host's login in it. */
const HOSTS_OWN = /\/api\/prompt$/

interface Frame {
  readonly url: string
}
interface Stack {
  readonly callFrames: readonly Frame[]
  readonly parent?: Stack
}

export interface Recording {
  readonly asked: readonly Asked[]
  readonly console: readonly string[]
}

/** Every request of this browser profile from now on, and every console message. */
export async function recordRequests(person: BrowserContext, page: Page): Promise<Recording> {
  const asked: Asked[] = []
  const said: string[] = []
  await recordPage(await person.newCDPSession(page), asked)
  person.on('console', (message) => said.push(message.text()))
  person.on('request', (request) => {
    // A page that is still opening has no frame yet.
    const fromTab = request.serviceWorker() === null && !request.isNavigationRequest()
    if (fromTab && request.frame().page() === page) return
    asked.push({
      ...addressOf(request.url()),
      method: request.method(),
      headers: request.headers(),
      body: request.postData() ?? '',
      by: 'elsewhere',
    })
  })
  return { asked, console: said }
}

/** Through the browser's own protocol: Playwright does not report which code sent a request. */
async function recordPage(session: CDPSession, asked: Asked[]): Promise<void> {
  session.on('Network.requestWillBeSent', ({ request, initiator }) => {
    asked.push({
      ...addressOf(request.url),
      method: request.method,
      headers: lowerCased(request.headers),
      body: request.postData ?? '',
      by: HOSTS_OWN.test(request.url) ? 'host' : whoOf(initiator.stack),
    })
  })
  await session.send('Network.enable')
}

function addressOf(url: string): { url: string; origin: string } {
  return { url, origin: new URL(url).origin }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

/** The browser itself requests imported files, with no stack. */
function whoOf(stack: Stack | undefined): Asked['by'] {
  const files = framesOf(stack)
  if (files.some((file) => file.includes(NETWORK_MOCK_FILE))) return 'network-mock'
  return files.some((file) => file.includes(OUR_FILES)) ? 'ours' : 'host'
}

function framesOf(stack: Stack | undefined): string[] {
  if (stack === undefined) return []
  return [...stack.callFrames.map((frame) => frame.url), ...framesOf(stack.parent)]
}
