/**
 * How long does it take from a payment's credits to the painted balance, with the tab in focus?
 * Side by side, each with a service of its own: ours with push, ours with polling (the plain
 * contract), and the balance that the newest ComfyUI shows itself.
 *
 * Every payment settles late, as with Alipay: the person is back in ComfyUI before the webhook
 * arrives. So the figure is the time from webhook to paint, and only the webhook can start it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { chromium, type Browser, type Page } from 'playwright-core'
import { ensureExtension } from '../build/extension.ts'
import { creditsFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import { balanceSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { NEWEST_FRONTEND } from '../sandbox/frontend/versions.ts'
import { startSandbox, type Sandbox, type SandboxSettings } from '../sandbox/start.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from '../scripts/browser.ts'
import { logIn, openComfy, openCredits } from '../tests/support/pages/comfy.ts'
import { buy, closePopup } from '../tests/support/pages/purchase.ts'
import { formatRatio, median, pairedRatio } from './statistics.ts'

const USER = 'user@example.com'
const BOUGHT_CENTS = 1000

/** How long after it was made a payment settles. The spread keeps the three from settling at once. */
const SETTLE_FROM_MS = 2000
const SETTLE_TO_MS = 10_000
const APART_MS = 700
/** Longer than anybody watches and waits. */
const LATE_MS = 45_000

const CAP_MS = 60_000
const LIMITS_MS = { pushed: 1000, polled: 2500 }

type Name = 'pushed' | 'polled' | 'own'
const NAMES: readonly Name[] = ['pushed', 'polled', 'own']
const LABELS: Readonly<Record<Name, string>> = {
  pushed: 'ours, pushed by the service',
  polled: 'ours, polled (plain contract)',
  own: "ComfyUI's own",
}

interface Contender {
  readonly sandbox: Sandbox
  readonly page: Page
  /** Where the balance appears. */
  readonly figure: string
  /** From the page to the payment page. */
  readonly buy: () => Promise<Page>
  /** Back to where the next payment begins. */
  readonly done: () => Promise<void>
}

/** Milliseconds from the booking to the paint; null: not within CAP_MS. */
type Sample = number | null

/** ComfyUI's own dialog, as its user menu opens it. */
async function buyOfStock(page: Page): Promise<Page> {
  await page.getByRole('button', { name: 'Current user', exact: true }).first().click()
  await page.locator('[data-testid="add-credits-button"]:visible').first().click()
  const dialog = page.getByRole('dialog').last()
  await dialog.getByRole('button', { name: '$10', exact: true }).click()
  const [payment] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog
      .getByRole('button', { name: /continue|buy|pay/i })
      .last()
      .click(),
  ])
  return payment
}

async function openPage(browser: Browser, sandbox: Sandbox): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    locale: 'en-US',
  })
  await context.addInitScript(TSX_HELPER)
  const page = await context.newPage()
  await openComfy(page, sandbox.urls.comfyui)
  await logIn(page, USER)
  return page
}

async function openOurs(browser: Browser, sandbox: Sandbox): Promise<Contender> {
  const page = await openPage(browser, sandbox)
  await openCredits(page)
  return {
    sandbox,
    page,
    figure: '[aria-label="Credit balance"]',
    buy: () => buy(page, '$10'),
    done: () => closePopup(page),
  }
}

async function openStock(browser: Browser, sandbox: Sandbox): Promise<Contender> {
  const page = await openPage(browser, sandbox)
  return {
    sandbox,
    page,
    figure: '[role="dialog"]',
    buy: () => buyOfStock(page),
    done: () => page.keyboard.press('Escape'),
  }
}

/** The account as the person's API key sees it. */
async function ask<T>(
  { urls, apiKey }: Sandbox,
  path: string,
  schema: { readonly parse: (body: unknown) => T },
): Promise<T> {
  const response = await fetch(urls.credits + path, { headers: { 'X-API-KEY': apiKey } })
  return schema.parse(await response.json())
}

async function nextFigure(sandbox: Sandbox): Promise<string> {
  const { amount_micros: cents } = await ask(sandbox, '/customers/balance', balanceSchema)
  const credits = creditsFromUsdMicros(usdMicrosFromCents(cents + BOUGHT_CENTS))
  return credits.toLocaleString('en-US')
}

/** Epoch milliseconds at the start of the transaction, so its own time counts too. */
async function bookedAt(sandbox: Sandbox): Promise<number> {
  const { events } = await ask(sandbox, '/customers/events?limit=10', eventsPageSchema)
  const credit = events.find((event) => event.event_type === 'credit_added')
  if (!credit) throw new Error('The payment was not booked.')
  return Date.parse(credit.createdAt)
}

/** Resolves to when the frame with the figure was painted, in epoch milliseconds. */
function painted(page: Page, figure: string, text: string, capMs: number): Promise<Sample> {
  return page.evaluate(
    ([selector, wanted, cap]) =>
      new Promise<number | null>((settle) => {
        const start = performance.now()
        const look = (now: number) => {
          const places = [...document.querySelectorAll(selector)]
          const shown = places.some((place) => place.textContent.includes(wanted))
          // What exists at the start of a frame is painted by the start of the next.
          if (shown) requestAnimationFrame(() => settle(Date.now()))
          else if (now - start > cap) settle(null)
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
    [figure, text, capMs] as const,
  )
}

/** One payment: to Stripe's page and back, then until the balance is on screen. */
async function measure(contender: Contender, settleMs: number): Promise<Sample> {
  const { sandbox, page, figure } = contender
  const wanted = await nextFigure(sandbox)
  await fetch(`${sandbox.urls.stripe}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ settle_later_next: 1, settle_after_ms: settleMs }),
  })
  const payment = await contender.buy()
  const closed = payment.waitForEvent('close')
  await payment.getByRole('button', { name: /^Pay/ }).click()
  const left = payment.waitForURL(({ pathname }) => !pathname.startsWith('/c/pay'))
  await Promise.race([closed, left.catch(() => closed)])
  if (!payment.isClosed()) await payment.close()
  await page.bringToFront()
  // A headless browser never tells a page that it has focus again.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  const at = await painted(page, figure, wanted, settleMs + CAP_MS)
  const sample = at === null ? null : at - (await bookedAt(sandbox))
  await contender.done()
  return sample === null || sample > CAP_MS ? null : sample
}

type Contenders = Readonly<Record<Name, Contender>>
type Round = Readonly<Record<Name, Sample>>

/** All three at the same time, so that the machine's load is the same for all. */
async function round(contenders: Contenders, settleMs: number, turn: number): Promise<Round> {
  const samples = await Promise.all(
    NAMES.map((name, index) =>
      measure(contenders[name], settleMs + APART_MS * ((index + turn) % NAMES.length)),
    ),
  )
  const [pushed = null, polled = null, own = null] = samples
  return { pushed, polled, own }
}

async function withContenders<T>(task: (contenders: Contenders) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-bench-'))
  const emptyExtension = await mkdtemp(join(folder, 'empty-'))
  await writeFile(join(emptyExtension, 'credits.js'), '')
  const frontend = await ensureFrontend(NEWEST_FRONTEND)
  const sandboxes: Sandbox[] = []
  const start = async (name: Name, settings: Partial<SandboxSettings>): Promise<Sandbox> => {
    const sandbox = await startSandbox({
      frontendVersion: frontend.version,
      frontendDir: frontend.dir,
      dataDir: join(folder, name),
      ...settings,
    })
    sandboxes.push(sandbox)
    return sandbox
  }
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    return await task({
      pushed: await openOurs(browser, await start('pushed', {})),
      polled: await openOurs(browser, await start('polled', { contract: 'plain' })),
      own: await openStock(browser, await start('own', { extensionDir: emptyExtension })),
    })
  } finally {
    await browser.close()
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

const asTime = (sample: Sample): string =>
  sample === null ? `not within ${CAP_MS / 1000} s` : `${(sample / 1000).toFixed(2)} s`

/** A payment that took too long counts as CAP_MS, so the median is never worse than stated. */
const capped = (sample: Sample): number => sample ?? CAP_MS

const WIDTHS = [30, 18, 22, 0]
const row = (cells: readonly string[]): string =>
  cells.map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0)).join('  ')

function report(rounds: readonly Round[], late: Round): boolean {
  console.log(row(['', 'median', 'least to most', `booked after ${LATE_MS / 1000} s`]))
  const medians = { pushed: 0, polled: 0, own: 0 }
  for (const name of NAMES) {
    const times = rounds.map((each) => capped(each[name]))
    medians[name] = median(times)
    const spread = `${asTime(Math.min(...times))} to ${asTime(Math.max(...times))}`
    console.log(row([LABELS[name], asTime(medians[name]), spread, asTime(late[name])]))
  }
  for (const name of ['pushed', 'polled'] as const) {
    const pairs = rounds.map((each) => [capped(each[name]), capped(each.own)] as const)
    console.log(`${LABELS[name]} / ${LABELS.own}: ${formatRatio(pairedRatio(pairs))}`)
  }
  const quick = medians.pushed <= LIMITS_MS.pushed && medians.polled <= LIMITS_MS.polled
  const limits = `at most ${asTime(LIMITS_MS.pushed)} pushed, ${asTime(LIMITS_MS.polled)} polled`
  console.log(`${limits}: ${quick ? 'quick enough' : 'TOO SLOW'}`)
  return quick
}

export async function benchReturn(count: number): Promise<void> {
  await ensureExtension()
  console.log(
    `ComfyUI frontend ${NEWEST_FRONTEND}, ${count} payments each that settle 2 to 12 s after they were made:`,
  )
  const quick = await withContenders(async (contenders) => {
    const rounds: Round[] = []
    for (let turn = 0; turn < count; turn += 1) {
      const settleMs = SETTLE_FROM_MS + ((SETTLE_TO_MS - SETTLE_FROM_MS) * (turn + 0.5)) / count
      rounds.push(await round(contenders, settleMs, turn))
    }
    return report(rounds, await round(contenders, LATE_MS, 0))
  })
  if (!quick) process.exitCode = 1
}
