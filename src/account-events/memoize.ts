/** `make`, called once for each object as long as that lives: what has not changed is not made anew. */
export function memoize<K extends object, V extends object>(make: (of: K) => V): (of: K) => V {
  const made = new WeakMap<K, V>()
  return (of) => {
    const value = made.get(of) ?? make(of)
    made.set(of, value)
    return value
  }
}
