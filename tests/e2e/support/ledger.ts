import { creditsFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { balanceSchema } from '@comfyui-credits/contract/schemas'
import type { World } from './world.ts'

/** The credits that the service's own ledger has for this API key's account, past every page. */
export async function creditsInLedger({ sandbox }: World, apiKey: string): Promise<number> {
  const { path } = customerEndpoints.balance
  const answer = await fetch(`${sandbox.urls.credits}${path}`, {
    headers: { 'X-API-KEY': apiKey },
  })
  if (!answer.ok) throw new Error(await answer.text())
  const { amount_micros: cents } = balanceSchema.parse(await answer.json())
  return creditsFromUsdMicros(usdMicrosFromCents(cents))
}
