import { filePersistence } from 'emulate'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import * as z from 'zod'

const ALGORITHM = 'RS256'

export interface SigningKey {
  readonly id: string
  readonly algorithm: typeof ALGORITHM
  readonly privateKey: CryptoKey
  /** What `/jwks` publishes. */
  readonly publicJwk: JWK
}

const rsaJwk = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() })
const privateJwk = z.looseObject({ ...rsaJwk.shape, d: z.string() })

/** The key is created once and stored, so that a restart logs nobody out. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const persistence = filePersistence(file)
  const stored = (await persistence.load()) ?? (await create(persistence))
  const jwk = privateJwk.parse(JSON.parse(stored))
  const publicPart = rsaJwk.parse(jwk)
  const id = await calculateJwkThumbprint(publicPart)
  const privateKey = await importJWK(jwk, ALGORITHM)
  if (privateKey instanceof Uint8Array) throw new Error('The signing key is not an RSA key.')
  return {
    id,
    algorithm: ALGORITHM,
    privateKey,
    publicJwk: { ...publicPart, kid: id, alg: ALGORITHM, use: 'sig' },
  }
}

async function create(persistence: ReturnType<typeof filePersistence>): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const fresh = JSON.stringify(await exportJWK(privateKey))
  await persistence.save(fresh)
  return fresh
}
