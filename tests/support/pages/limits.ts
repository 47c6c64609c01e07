import type { Page } from 'playwright-core'

/** As the Limits tab stores it, for the account whose balance this browser has seen. */
export async function setLimits(page: Page, settings: object): Promise<void> {
  const balance = 'comfyui-credits:balance:'
  const isKnown = (prefix: string): boolean =>
    Object.keys(localStorage).some((name) => name.startsWith(prefix))
  await page.waitForFunction(isKnown, balance)
  await page.evaluate(
    ([prefix, text]) => {
      const name = Object.keys(localStorage).find((each) => each.startsWith(prefix)) ?? ''
      localStorage.setItem(`comfyui-credits:limits:${name.slice(prefix.length)}`, text)
      window.dispatchEvent(new CustomEvent('comfyui-credits:limits-stored'))
    },
    [balance, JSON.stringify(settings)] as const,
  )
}

/** The account's runs that limits count, as this tab has heard of them. */
export const notedRuns = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    Object.entries(localStorage).flatMap(([name, text]) =>
      name.startsWith('comfyui-credits:limit-runs:')
        ? (JSON.parse(text) as readonly { readonly id: string }[]).map(({ id }) => id)
        : [],
    ),
  )
