import { usdFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Hold } from '../../service/database/schema.ts'
import { attendHold, chargeHold, listHoldProblems } from '../../service/proxy/hold-problems.ts'
import { argument, type Actions } from './action.ts'

/** Calls of partners that a person must look at. */
export const holdActions: Actions = {
  '': {
    needs: [],
    async run(asked) {
      const holds = await listHoldProblems(await asked.database())
      return holds.length === 0 ? 'No calls need a person.' : holds.map(describe).join('\n')
    },
  },
  done: {
    needs: ['ID'],
    async run(asked) {
      const id = argument(asked, 0)
      await attendHold(await asked.database(), id)
      return `${id} is done.`
    },
  },
  charge: {
    needs: ['ID'],
    async run(asked) {
      const id = argument(asked, 0)
      const { chargeUsdMicros } = await chargeHold(await asked.database(), id)
      return `${id} is charged ${usd(chargeUsdMicros)}.`
    },
  },
}

const words: Readonly<Record<NonNullable<Hold['problem']>, (hold: Hold) => string>> = {
  excess: (hold) =>
    `charged ${usd(hold.capturedUsdMicros ?? 0)}; the partner reports ${usd(hold.excessUsdMicros)} more`,
  unanswered: () => 'not charged; the partner gave no usable answer, and may have worked',
  unresolved: (hold) =>
    `not charged; its process died, and the partner cannot say what became of it (estimated ${usd(hold.estimateUsdMicros)})`,
}

function describe(hold: Hold): string {
  const { id, problem, accountId, path, jobId, createdAt } = hold
  const about = `account ${accountId}, ${path || 'unknown product'}, run ${jobId ?? 'unknown'}`
  const what = problem === null ? '' : words[problem](hold)
  return `${id}  ${createdAt.toISOString()}  ${problem}\n        ${what}\n        ${about}`
}

function usd(micros: number): string {
  return `${usdFromUsdMicros(micros).toFixed(6)} USD`
}
