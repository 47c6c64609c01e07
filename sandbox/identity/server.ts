import path from 'node:path'
import { defineEmulator, type EmulatorContext } from 'emulate'
import * as z from 'zod'
import { serveStandIn, type RunningStandIn } from '../stand-in/serve.ts'
import { accountCalls, addUser, type Registry } from './accounts.ts'
import { IdentityError } from './errors.ts'
import { loadSigningKey } from './keys.ts'
import { stateSchema, type State } from './state.ts'
import { loginOf, signIdToken, TOKEN_LIFETIME, type TokenIssuer } from './tokens.ts'
import { SEED_PASSWORD, seedUsers } from './users.ts'

export interface IdentityConfig {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  readonly dataDir: string
  /** `iss` and `aud` of the ID tokens, as the credits service expects them. */
  readonly issuer: string
  readonly audience: string
  /** Epoch milliseconds; tests bring a clock of their own. */
  readonly now?: () => number
}

/**
 * Starts the stand-in for Google's Identity Toolkit and Secure Token service. It answers at `/v1`
 * what the two hosts answer there, and publishes its key at `/jwks`.
 */
export async function startIdentity(config: IdentityConfig): Promise<RunningStandIn> {
  const { issuer, audience, now = Date.now } = config
  const key = await loadSigningKey(path.join(config.dataDir, 'identity-key.json'))
  const by: TokenIssuer = { issuer, audience, key, now }
  return serveStandIn<State>({
    port: config.port,
    bind: config.bind,
    file: path.join(config.dataDir, 'identity.json'),
    define: () =>
      defineEmulator<State>({
        name: 'identity-sandbox',
        state: () => ({ users: {}, logins: {} }),
        validateSeed: (value) => stateSchema.parse(value),
        setup({ app, state }) {
          for (const user of seedUsers) {
            if (!(user.id in state.users)) {
              addUser(state, { ...user, password: SEED_PASSWORD }, now())
            }
          }
          mountCalls(app, { state, by })
        },
      }),
  })
}

function mountCalls(app: EmulatorContext<State>['app'], registry: Registry): void {
  app.get('/jwks', () =>
    Response.json(
      { keys: [registry.by.key.publicJwk] },
      { headers: { 'Cache-Control': 'public, max-age=300' } },
    ),
  )
  app.post('/v1/token', ({ req }) =>
    respond(async () => refresh(new URLSearchParams(await req.text()), registry)),
  )
  app.post('/v1/:call', ({ req }) =>
    respond(async () => {
      const call = accountCalls[req.param('call')]
      if (call === undefined) throw new IdentityError('NOT_FOUND', 404)
      return call(await readJson(req.raw), registry)
    }),
  )
  // Called before a login window of Google or GitHub opens; there is none here.
  app.get('/v1/projects', () => new IdentityError('OPERATION_NOT_ALLOWED').toResponse())
}

async function readJson(request: Request): Promise<unknown> {
  return request.json().catch(() => {
    throw new IdentityError('INVALID_JSON_PAYLOAD')
  })
}

const refreshForm = z.object({
  grant_type: z.literal('refresh_token', { error: 'INVALID_GRANT_TYPE' }),
  refresh_token: z.string({ error: 'MISSING_REFRESH_TOKEN' }),
})

/** https://cloud.google.com/identity-platform/docs/reference/rest/v1/token */
async function refresh(form: URLSearchParams, { state, by }: Registry): Promise<object> {
  const given = refreshForm.safeParse(Object.fromEntries(form))
  if (!given.success) throw new IdentityError(given.error.issues[0]?.message ?? 'INVALID_ARGUMENT')
  const { user, atMs } = loginOf(state, given.data.refresh_token)
  const token = await signIdToken(by, user, atMs)
  return {
    access_token: token,
    id_token: token,
    expires_in: String(TOKEN_LIFETIME),
    token_type: 'Bearer',
    refresh_token: given.data.refresh_token,
    user_id: user.id,
    project_id: by.audience,
  }
}

async function respond(run: () => Promise<object>): Promise<Response> {
  try {
    return Response.json(await run())
  } catch (error) {
    if (error instanceof IdentityError) return error.toResponse()
    throw error
  }
}
