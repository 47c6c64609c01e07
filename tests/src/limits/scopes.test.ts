import { describe, expect, it } from 'vitest'
import { blankRow } from '../../../src/history/row.ts'
import { knownScopes, withScope } from '../../../src/limits/scopes.ts'

const rows = [
  { ...blankRow, workflow: 'Castle', models: ['aurora', 'lexis'] },
  { ...blankRow, workflow: 'Poster', models: ['aurora'] },
  { ...blankRow, workflow: null, models: [] },
]

describe('what a limit can be for', () => {
  it('is the open workflow first, then what was run, each once', () => {
    expect(knownScopes(rows, 'Poster')).toEqual({
      workflows: ['Poster', 'Castle'],
      models: ['aurora', 'lexis'],
    })
    expect(knownScopes([], null)).toEqual({ workflows: [], models: [] })
  })

  it('ends before nobody reads it', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...blankRow, workflow: `${index}` }))
    expect(knownScopes(many, null).workflows).toHaveLength(100)
  })

  it('is also what it is for already', () => {
    const known = knownScopes(rows, null)
    expect(withScope(known, { kind: 'all' })).toBe(known)
    expect(withScope(known, { kind: 'workflow', name: 'Gone' }).workflows.at(-1)).toBe('Gone')
    expect(withScope(known, { kind: 'model', model: 'aurora' })).toEqual(known)
  })
})
