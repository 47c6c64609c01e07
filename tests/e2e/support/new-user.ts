import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { World } from './world.ts'

export interface NewUser {
  readonly email: string
  /** The user's token, valid for an hour. */
  readonly idToken: string
}

const answerSchema = z.object({ idToken: z.string() })

/** A user who has just signed up, with no credits and no history. */
export async function signUp({ sandbox }: World): Promise<NewUser> {
  const email = `user-${randomUUID()}@example.com`
  const answer = await fetch(`${sandbox.urls.identity}/v1/accounts:signUp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: 'Passw0rd!' }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return { email, ...answerSchema.parse(await answer.json()) }
}
