import { sql } from 'drizzle-orm'
import type { OpenDatabase } from '../database/open.ts'
import { holds, type Hold } from '../database/schema.ts'
import { inParallel } from '../in-parallel.ts'
import { findProduct } from './catalog.ts'
import { askAboutCall } from './partner.ts'
import { describeUsage, jobIn, reportProblem, usageOf, type CallDeps } from './run-call.ts'
import { giveUpHold, settleCall } from './settle-call.ts'

/**
 * Ends the holds of calls whose process is gone. Any instance takes them over once their time is up,
 * and asks the partner what became of them: the work is charged, a call that never arrived is
 * released, and what nobody can say is listed for a person. None is forgotten.
 */

const PER_ROUND = 100
const AT_ONCE = 8
/** The pauses between questions double up to this, so a partner is asked for about two hours. */
const FIRST_PAUSE_S = 15
const LONGEST_PAUSE_S = 900
const MAX_ATTEMPTS = 13

/** On a database of our own, all open holds are of a process that is gone: it lets them expire. */
export async function expireHolds({ db, exclusive }: OpenDatabase): Promise<void> {
  if (exclusive) await db.execute(sql`update ${holds} set expires_at = now() where state = 'open'`)
}

/** One round by the clock. */
export async function takeOverHolds(deps: CallDeps): Promise<void> {
  const abandoned = await claim(deps)
  await inParallel(abandoned, AT_ONCE, async (hold) => {
    try {
      if (await endByPartner(deps, hold)) return
    } catch (error) {
      deps.log.warn({ err: error, id: hold.id }, 'An abandoned call could not be settled.')
    }
    await giveUpIfOld(deps, hold)
  })
}

/**
 * Expired holds, for this instance alone: their time is moved on in the same statement. If this
 * process dies too, or the partner cannot say, another round has them later.
 */
function claim({ db }: CallDeps): Promise<Hold[]> {
  const pause = sql`least(${FIRST_PAUSE_S} * power(2, ${holds.attempts}), ${LONGEST_PAUSE_S})`
  return db
    .update(holds)
    .set({
      attempts: sql`${holds.attempts} + 1`,
      expiresAt: sql`clock_timestamp() + make_interval(secs => ${pause})`,
    })
    .where(
      sql`${holds.id} in (
        select id from ${holds} where state = 'open' and expires_at < clock_timestamp()
        order by expires_at limit ${PER_ROUND} for update skip locked)`,
    )
    .returning()
}

/** True once the hold has ended. */
async function endByPartner(deps: CallDeps, hold: Hold): Promise<boolean> {
  const { id, accountId, path } = hold
  const product = findProduct(path)
  if (!product) return false
  const answer = await askAboutCall(deps, { path, key: id })
  if (answer === null) return false
  const never = answer === 'never'
  const usage = never ? {} : usageOf(answer)
  const price = product.price(hold.terms, usage)
  const outcome = never ? 'failed' : 'succeeded'
  const settled = await settleCall(deps, {
    id,
    accountId,
    priceUsdMicros: never ? 0 : price.usdMicros,
    usage: describeUsage(product, { price, outcome, usage }, null),
    job: never ? null : jobIn(path, answer),
  })
  const about = { id, accountId, jobId: hold.jobId, ...settled }
  deps.log.warn({ ...about, outcome }, 'A call that a process left behind was settled.')
  reportProblem(deps.log, about)
  return true
}

async function giveUpIfOld(deps: CallDeps, hold: Hold): Promise<void> {
  const askable = findProduct(hold.path) !== null
  if (askable && hold.attempts < MAX_ATTEMPTS) return
  await giveUpHold(deps.db, hold)
  const { id, accountId, jobId, estimateUsdMicros } = hold
  const about = { id, accountId, jobId, estimateUsdMicros }
  deps.log.error(about, 'A call was left behind, and nobody can say what the partner did.')
}
