/**
 * How long does it take from a click on the Credits entry to the painted balance? Our panel beside
 * ComfyUI's own, logged in, on the same machine in one run: with an API that answers at once and one
 * that takes 300 ms, at the first opening of a page (cold) and the second (warm).
 */
import process from 'node:process'
import type { Page } from 'playwright-core'
import { ensureExtension } from '../build/extension.ts'
import { readHosts } from '../scripts/hosts.ts'
import { closeSettings, openComfy, openSettings } from '../tests/support/pages/comfy.ts'
import { loginOf, newProfile, type StorageState } from './outside.ts'
import { inTurns, openRivals, type Rivals } from './rivals.ts'
import { formatRatio, median, pairedRatio } from './statistics.ts'

const DELAYS_MS = [0, 300]
const USER = 'user@example.com'
/** The seeded user's 10 USD, as every panel shows them. */
const BALANCE = '2,110'
/** Like a person who looks at the canvas before opening the settings. */
const SETTLE_MS = 2000

type Rival = 'ours' | 'stock'

interface Opening {
  readonly cold: number
  readonly warm: number
}

interface Target {
  /** The entry in Settings. */
  readonly entry: string
  /** Where the balance appears. */
  readonly pane: string
}

/** ComfyUI's entry has another name since it has workspaces. */
function target(rival: Rival, version: string): Target {
  if (rival === 'ours') {
    return { entry: '[data-nav-id="root/credits"]', pane: '[aria-label="Credit balance"]' }
  }
  const workspaces = Number(version.split('.')[1]) > 50
  return {
    entry: `[data-nav-id="${workspaces ? 'workspace' : 'credits'}"]`,
    pane: '[role="dialog"]',
  }
}

/** Clicks, and resolves to the milliseconds until the frame with the balance was painted. */
function clickToPaint(page: Page, { entry, pane }: Target): Promise<number> {
  return page.evaluate(
    ([entrySelector, paneSelector, balance]) =>
      new Promise<number>((settle, reject) => {
        const link = document.querySelector<HTMLElement>(entrySelector)
        if (!link) {
          reject(new Error(`There is no ${entrySelector}.`))
          return
        }
        const look = (now: number) => {
          const shown = document.querySelector(paneSelector)?.textContent?.includes(balance)
          // What exists at the start of a frame is painted by the start of the next.
          if (shown) requestAnimationFrame((painted) => settle(painted - start))
          else if (now - start > 20_000) reject(new Error('The balance never came.'))
          else requestAnimationFrame(look)
        }
        const start = performance.now()
        link.click()
        requestAnimationFrame(look)
      }),
    [entry, pane, BALANCE] as const,
  )
}

async function openFrom(page: Page, goal: Target): Promise<number> {
  await openSettings(page)
  await page.locator('[data-nav-id="about"]').click()
  await page.locator(goal.entry).waitFor()
  return clickToPaint(page, goal)
}

async function measure(
  { browser, ...rivals }: Rivals,
  rival: Rival,
  delay: number,
  setting: { version: string; logins: Record<Rival, StorageState> },
): Promise<Opening> {
  const login = setting.logins[rival]
  const context = await newProfile(browser, rivals[rival], { milliseconds: delay }, login)
  const page = await context.newPage()
  await openComfy(page, rivals[rival].urls.comfyui)
  await page.waitForTimeout(SETTLE_MS)
  const goal = target(rival, setting.version)
  const cold = await openFrom(page, goal)
  await closeSettings(page)
  const warm = await openFrom(page, goal)
  await context.close()
  return { cold, warm }
}

async function benchmark(version: string, pairs: number): Promise<void> {
  const rivals = await openRivals(version)
  try {
    const { browser, ours, stock } = rivals
    const logins = {
      ours: await loginOf(browser, ours, USER),
      stock: await loginOf(browser, stock, USER),
    }
    for (const delay of DELAYS_MS) {
      const results = await inTurns(pairs, (rival) =>
        measure(rivals, rival, delay, { version, logins }),
      )
      for (const state of ['cold', 'warm'] as const) {
        report([version, `${delay} ms`, state], results, state)
      }
    }
  } finally {
    await rivals.close()
  }
}

const WIDTHS = [9, 8, 6, 10, 10]

function row(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0)).join('  ')
}

const milliseconds = (times: readonly number[]) => `${median(times).toFixed(0)} ms`

function report(
  labels: readonly string[],
  results: readonly Record<Rival, Opening>[],
  state: keyof Opening,
): void {
  const pairs = results.map(({ ours, stock }) => [ours[state], stock[state]] as const)
  const ours = milliseconds(pairs.map(([time]) => time))
  const stock = milliseconds(pairs.map(([, time]) => time))
  console.log(row([...labels, ours, stock, formatRatio(pairedRatio(pairs))]))
}

export async function benchOpen(pairs: number): Promise<void> {
  await ensureExtension()
  console.log(
    'From the click on the entry to the painted balance, medians, and the ratio of pairs.',
  )
  console.log(row(['frontend', 'API', 'open', 'ours', 'stock', 'ours / stock']))
  for (const version of readHosts(process.env['HOSTS'])) {
    await benchmark(version, pairs)
  }
}
