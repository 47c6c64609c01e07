import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { readAccountEvent, type AccountEvent } from '../../src/account-events/account-event.ts'
import type { Estimate } from '../../src/estimate/estimate.ts'
import { accountSpending, type AccountSpending } from '../../src/overview/account-spending.ts'
import { lastDays, thisMonth } from '../../src/session/calendar.ts'
import type { Account } from './account.ts'
import { creditsInWords, exactCredits } from './words.ts'

/** What a command says of one account. */
export interface Report {
  /** For a program: snake_case, credits exact. */
  readonly json: object
  /** For a person. */
  readonly lines: readonly string[]
}

export type ReportOn = (account: Account) => Promise<Report>

export async function reportBalance(account: Account): Promise<Report> {
  const { availableUsdMicros, prepaidUsdMicros, monthlyUsdMicros, pendingUsdMicros } =
    await account.balance()
  return {
    json: {
      balance_credits: exactCredits(availableUsdMicros),
      balance_micro_usd: availableUsdMicros,
      prepaid_credits: exactCredits(prepaidUsdMicros),
      monthly_credits: exactCredits(monthlyUsdMicros),
      pending_credits: exactCredits(pendingUsdMicros),
    },
    lines: [creditsInWords(availableUsdMicros)],
  }
}

export async function reportSpent(account: Account): Promise<Report> {
  const { today, week, month } = await accountSpending(account, (now) => ({
    today: lastDays(1, now).now,
    week: lastDays(7, now).now,
    month: thisMonth(now).now,
  }))
  return {
    json: { today: spentJson(today), last_7_days: spentJson(week), this_month: spentJson(month) },
    lines: [
      `today ${spentInWords(today)}`,
      `last 7 days ${spentInWords(week)}`,
      `this month ${spentInWords(month)}`,
    ],
  }
}

const spentJson = ({ usdMicros, unpriced }: AccountSpending) => ({
  spent_credits: exactCredits(usdMicros),
  is_whole: unpriced === 0,
  calls_without_price: unpriced,
})

/** A part is never shown as the whole. */
function spentInWords({ usdMicros, unpriced }: AccountSpending): string {
  if (unpriced === 0) return creditsInWords(usdMicros)
  const calls = unpriced === 1 ? '1 call' : `${unpriced} calls`
  return `at least ${creditsInWords(usdMicros)}; the account does not say what ${calls} cost`
}

/** The newest ones first. */
export function reportEvents(limit: number): ReportOn {
  return async (account) => {
    const { events, total } = await account.events(1, limit)
    const read = events.map(readAccountEvent)
    return {
      json: { total, events: read.map(eventJson) },
      lines: [...read.map(eventInWords), `${read.length} of ${total} events`],
    }
  }
}

const timeOf = ({ at }: AccountEvent): string | null =>
  at === null ? null : new Date(at).toISOString()

const changeOf = ({ amountUsdMicros, chargeUsdMicros }: AccountEvent): number | null =>
  amountUsdMicros ?? (chargeUsdMicros === null ? null : -chargeUsdMicros)

const eventJson = (event: AccountEvent) => ({
  id: event.id,
  type: event.type,
  at: timeOf(event),
  change_credits: exactCredits(changeOf(event)),
  api: event.api,
  model: event.model,
  job_id: event.jobId,
  member: event.memberName ?? event.memberEmail,
  api_key: event.apiKeyName,
})

function eventInWords(event: AccountEvent): string {
  const change = changeOf(event)
  return [
    timeOf(event) ?? 'no time',
    event.type,
    event.api,
    event.model,
    change === null ? null : creditsInWords(change),
  ]
    .filter((part) => part !== null)
    .map(withoutControls)
    .join('  ')
}

/** The account's words are written to a terminal, which obeys some of them. */
const withoutControls = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ')

/** How many runs the balance pays for, at what is typical. */
export function reportEstimate({ total }: Estimate): ReportOn {
  return async (account) => {
    const { availableUsdMicros } = await account.balance()
    const runs = runsPaidBy(availableUsdMicros, total.typicalUsdMicros)
    return {
      json: {
        balance_credits: exactCredits(availableUsdMicros),
        left_credits: exactCredits(availableUsdMicros - total.maxUsdMicros),
        runs,
      },
      lines: [
        creditsInWords(availableUsdMicros) + (runs === null ? '' : `, enough for ${inRuns(runs)}`),
      ],
    }
  }
}

function runsPaidBy(usdMicros: number, typicalUsdMicros: number): number | null {
  return typicalUsdMicros > 0 ? Math.max(0, Math.floor(usdMicros / typicalUsdMicros)) : null
}

const inRuns = (runs: number): string => (runs === 1 ? '1 run' : `${runs} runs`)

/** For a person, above the accounts. */
export function estimateInWords({ total, nodes }: Estimate): string {
  const { minUsdMicros, typicalUsdMicros, maxUsdMicros, unknown } = total
  const range =
    minUsdMicros === maxUsdMicros
      ? ''
      : `; at least ${creditsInWords(minUsdMicros)}, at most ${creditsInWords(maxUsdMicros)}`
  const more =
    unknown === 0 ? '' : `; the price of ${unknown} of ${nodes.length} nodes is not known`
  return `a run costs about ${creditsInWords(typicalUsdMicros)}${range}${more}`
}

/** Whether an account has less than that, after a run of `estimate` where there is one. */
export async function isBelow(
  account: Account,
  credits: number,
  estimate: Estimate | null,
): Promise<boolean> {
  const { availableUsdMicros } = await account.balance()
  const left = availableUsdMicros - (estimate?.total.maxUsdMicros ?? 0)
  return left < usdMicrosFromCredits(credits)
}
