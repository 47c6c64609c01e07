import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright-core'
import { Problem } from '../sandbox/problem.ts'
import { aptGetInstall, isRootOnDebian } from './apt.ts'
import { toolPath } from './tool.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

const OTHER_PATHS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
}

/**
 * Of the flag that turns features off only the last one counts, so this repeats what Playwright turns
 * off and a test would notice.
 */
const OFF_BY_PLAYWRIGHT = [
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  // These ask Google when the browser starts.
  'AimEnabled',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PreconnectToSearch',
]

/**
 * The address bar's list of suggestions is two web pages in each window, also without a screen:
 * a fifth of the processor's time of opening ComfyUI.
 */
const ADDRESS_BAR = ['WebUIOmniboxAimPopup', 'WebUIOmniboxPopup']

/** Chromium without its sandbox, which containers lack, and without requests of its own. */
export const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  `--disable-features=${[...OFF_BY_PLAYWRIGHT, ...ADDRESS_BAR].join(',')}`,
]

/**
 * Run this in a page before anything else: tsx compiles functions with calls of this helper, which
 * a page does not have.
 */
export const TSX_HELPER = 'globalThis.__name = (value) => value'

/**
 * Path of a Chromium or Chrome: CHROMIUM_PATH, the system's, or else one that is fetched now (as
 * root on Debian its own, otherwise Playwright's). Throws a Problem if there is none.
 */
export function findBrowser(): string {
  const given = process.env['CHROMIUM_PATH']
  if (given) {
    if (isExecutable(given)) return given
    throw new Problem(`CHROMIUM_PATH is ${given}, which is not a program.`)
  }
  const found = installedBrowser() ?? fetchBrowser()
  if (found) return found
  throw new Problem(
    'There is no Chromium or Chrome here, and none could be fetched. Install one ' +
      '(Debian: `sudo apt install chromium`), or set CHROMIUM_PATH to it.',
  )
}

function installedBrowser(): string | null {
  const inPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const candidates = [
    ...inPath,
    ...(OTHER_PATHS[process.platform] ?? []),
    chromium.executablePath(),
  ]
  return candidates.find(isExecutable) ?? null
}

function fetchBrowser(): string | null {
  console.log('No Chromium or Chrome found: fetching one …')
  if (isRootOnDebian()) {
    aptGetInstall('chromium')
  } else {
    const args = [toolPath('playwright-core'), 'install', 'chromium']
    spawnSync(process.execPath, args, { stdio: 'inherit' })
  }
  return installedBrowser()
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
