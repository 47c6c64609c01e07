import { Hono } from 'hono'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { listen } from './listen.ts'

export const ISSUER = 'https://securetoken.google.com/dreamboothy'
export const AUDIENCE = 'dreamboothy'

interface TokenOptions {
  readonly issuer?: string
  readonly audience?: string
  /** Seconds from now. */
  readonly expiresIn?: number
  /** Seconds from now: when it was signed. */
  readonly issuedIn?: number
  readonly claims?: JWTPayload
  /** Signs with this instead of the published key. */
  readonly key?: CryptoKey
  readonly keyId?: string
}

export interface Identity {
  readonly jwksUrl: string
  token(subject: string, options?: TokenOptions): Promise<string>
  close(): Promise<void>
}

/** Google's token signing, with a key of our own behind a real JWKS address. */
export async function startIdentity(): Promise<Identity> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'published', alg: 'RS256', use: 'sig' }
  const app = new Hono().get('/jwks', (c) => c.json({ keys: [jwk] }))
  const server = await listen(app.fetch)
  return {
    jwksUrl: `${server.url}/jwks`,
    token: (subject, options = {}) =>
      new SignJWT({ email: `${subject}@example.com`, ...options.claims })
        .setProtectedHeader({ alg: 'RS256', kid: options.keyId ?? 'published' })
        .setSubject(subject)
        .setIssuer(options.issuer ?? ISSUER)
        .setAudience(options.audience ?? AUDIENCE)
        .setIssuedAt(Math.floor(Date.now() / 1_000) + (options.issuedIn ?? 0))
        .setExpirationTime(Math.floor(Date.now() / 1_000) + (options.expiresIn ?? 3_600))
        .sign(options.key ?? privateKey),
    close: server.close,
  }
}
