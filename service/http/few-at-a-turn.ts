/** Each takes a fraction of a millisecond until it waits for the database. */
const AT_ONCE = 4

/**
 * Begins a few of what arrives at once in each turn of the event loop, and the rest in the turns after,
 * in order. A thousand requests whose packets lie ready in one turn would otherwise hold everybody else
 * until the last of them has been begun.
 */
export function fewAtATurn<Args extends unknown[]>(
  begin: (...args: Args) => void,
): (...args: Args) => void {
  const waiting: Args[] = []
  let begunInTurn = 0

  function beginOne(args: Args): void {
    if (begunInTurn === 0) setImmediate(nextTurn)
    begunInTurn += 1
    begin(...args)
  }

  function nextTurn(): void {
    begunInTurn = 0
    for (let args = waiting.shift(); args !== undefined; args = waiting.shift()) {
      beginOne(args)
      if (begunInTurn === AT_ONCE) return
    }
  }

  return (...args) => {
    if (waiting.length === 0 && begunInTurn < AT_ONCE) beginOne(args)
    else waiting.push(args)
  }
}
