import { setupWorker } from 'msw/browser'
import { fetchConfig } from './config.ts'
import { networkHandlers } from './handlers.ts'
import { catchInPage } from './in-page.ts'

/**
 * The page loads this instead of ComfyUI's app script, which it names in `data-app`. The app starts
 * once this machine answers every request to the outside.
 */

/** A browser that neither starts nor refuses the worker must not leave the page blank. */
const WORKER_PATIENCE_MS = 10_000

async function startNetworkMock(): Promise<void> {
  const config = await fetchConfig()
  const handlers = networkHandlers(config, location.origin)
  if (!('serviceWorker' in navigator)) return catchInPage(handlers, config)
  awaitUpdates()
  try {
    const started = setupWorker(...handlers).start({
      quiet: true,
      onUnhandledRequest: 'bypass',
      serviceWorker: { url: '/mockServiceWorker.js' },
    })
    await Promise.race([started, failAfter(WORKER_PATIENCE_MS)])
  } catch (error) {
    // oxlint-disable-next-line no-console -- there is no other place to inform a developer
    console.info('Sandbox: no service worker here, catching requests in the page.', error)
    catchInPage(handlers, config)
  }
}

/**
 * With each page msw looks for a newer worker and does not await the result. The last page to close
 * takes the worker with it. If that happens meanwhile, as in a reload, the update rejects and the
 * page would log an error of no consequence.
 */
function awaitUpdates(): void {
  const { prototype } = ServiceWorkerRegistration
  const { update } = prototype
  prototype.update = function updateIfThere() {
    return update.call(this).catch((error: unknown) => {
      // oxlint-disable-next-line no-console -- there is no other place to inform a developer
      console.info('Sandbox: the service worker was not updated.', error)
      return this
    })
  }
}

function failAfter(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('The service worker did not start in time.')), milliseconds)
  })
}

function startApp(): void {
  const source = document.querySelector<HTMLScriptElement>('script[data-app]')?.dataset.app
  if (source === undefined) throw new Error('The page names no app script.')
  const script = document.createElement('script')
  script.type = 'module'
  script.crossOrigin = ''
  script.src = source
  document.head.append(script)
}

function say(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  const sentence = document.createElement('p')
  sentence.setAttribute('role', 'alert')
  sentence.style.cssText =
    'position:fixed;inset:0;z-index:2147483647;margin:0;padding:3rem;background:#171718;color:#fff;font:18px/1.5 system-ui,sans-serif'
  sentence.textContent = `The sandbox could not start: ${reason} Reload the page; if that does not help, stop it and run npm start again.`
  document.body.append(sentence)
}

startNetworkMock().then(startApp).catch(say)
