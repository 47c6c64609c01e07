import { describe, expect, it } from 'vitest'
import { readSettings, SettingsError } from '../../service/settings.ts'

const required = {
  WORKSPACE_TOKEN_SECRET: 'a-secret-for-tests-only',
  STRIPE_SECRET_KEY: 'sk_test_sandbox',
  STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
  PARTNER_BASE_URL: 'http://127.0.0.1:9000/',
}

describe('the settings', () => {
  it('need little, and have ComfyUI’s own login and a local folder by default', () => {
    expect(readSettings(required)).toMatchObject({
      port: 8080,
      bind: '127.0.0.1',
      publicUrl: null,
      database: { folder: '.data/credits' },
      identity: {
        issuer: 'https://securetoken.google.com/dreamboothy',
        audience: 'dreamboothy',
        jwksUrl: expect.stringContaining('googleapis.com'),
      },
      stripe: { apiBase: null },
      partnerBaseUrl: 'http://127.0.0.1:9000',
      admission: 'strict',
      contract: 'extended',
    })
  })

  it('take a PostgreSQL server instead of the folder', () => {
    const url = 'postgres://localhost/credits'
    expect(readSettings({ ...required, DATABASE_URL: url, DATA_DIR: 'x' }).database).toEqual({
      url,
    })
  })

  it('limit what one process asks of the server', () => {
    const given = { DATABASE_POOL_SIZE: '5', DATABASE_LOCK_MS: '300' }
    expect(readSettings({ ...required, ...given }).databaseLimits).toEqual({
      poolSize: 5,
      connectMs: 10_000,
      statementMs: 15_000,
      lockMs: 300,
    })
  })

  it('limit rates, each of which can be set or switched off', () => {
    const given = { RATE_PURCHASES: '5/60', RATE_CALLS: 'off', TRUSTED_PROXIES: '1' }
    const { rates, trustedProxies } = readSettings({ ...required, ...given })
    expect(trustedProxies).toBe(1)
    expect(rates).toEqual({
      wrongCredentials: { points: 100, seconds: 600 },
      purchases: { points: 5, seconds: 60 },
      questions: { points: 300, seconds: 60 },
      calls: null,
      keyCalls: { points: 300, seconds: 60 },
    })
  })

  it('let more calls run at once the more was paid', () => {
    const dollars = (tiers: unknown) => readSettings({ ...required, CONCURRENCY: `${tiers}` })
    expect(readSettings(required).concurrency).toMatchObject([
      { paidUsdMicros: 0, calls: 5 },
      { paidUsdMicros: 50_000_000, calls: 10 },
      { paidUsdMicros: 250_000_000, calls: 20 },
      { paidUsdMicros: 1_000_000_000, calls: 40 },
    ])
    expect(dollars('0:1, 10:3').concurrency).toEqual([
      { paidUsdMicros: 0, calls: 1 },
      { paidUsdMicros: 10_000_000, calls: 3 },
    ])
    expect(dollars('off').concurrency).toBeNull()
    for (const bad of ['5', '1:5', '0:0', '0:5,0:6', '0:5,20:6,10:7', '0:5,', '0:-1']) {
      expect(() => dollars(bad)).toThrow('CONCURRENCY')
    }
  })

  it('count an empty variable as unset', () => {
    expect(readSettings({ ...required, DATABASE_URL: '', PUBLIC_URL: '' })).toMatchObject({
      database: { folder: '.data/credits' },
      publicUrl: null,
    })
  })

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'credits.example.com'],
    ['DATABASE_URL', 'mysql://localhost/credits'],
    ['DATABASE_POOL_SIZE', '1'],
    ['DATABASE_STATEMENT_MS', '0'],
    ['WORKSPACE_TOKEN_SECRET', 'short'],
    ['STRIPE_API_BASE', 'ftp://stripe'],
    ['STRIPE_PUBLISHABLE_KEY', 'sk_test_misplaced'],
    ['STRIPE_PUBLISHABLE_KEY', 'pk_live_sandbox'],
    ['RATE_CALLS', '10'],
    ['RATE_CALLS', '0/60'],
    ['TRUSTED_PROXIES', '-1'],
    ['ADMISSION', 'none'],
    ['CONTRACT', 'other'],
    ['LOG_LEVEL', 'loud'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readSettings({ ...required, [name]: value })).toThrow(SettingsError)
    expect(() => readSettings({ ...required, [name]: value })).toThrow(name)
  })

  it.each([
    ['PARTNER_BASE_URL', 'http://partners.example.com'],
    ['STRIPE_API_BASE', 'http://10.0.0.7:12111'],
    ['AUTH_JWKS_URL', 'http://keys.example.com/jwks'],
  ])('refuse %s=%s for an https service only', (name, value) => {
    const secure = { ...required, [name]: value, PUBLIC_URL: 'https://credits.example.com' }
    expect(() => readSettings(secure)).toThrow(name)
    const local = value.replace(/\/\/[^/:]+/, '//127.0.0.1')
    for (const fit of [
      { ...secure, PUBLIC_URL: 'http://credits.example.com' },
      { ...secure, [name]: value.replace('http:', 'https:') },
      { ...secure, [name]: local },
    ]) {
      expect(readSettings(fit).contract).toBe('extended')
    }
  })

  it('name all that is missing at once, and no value', () => {
    const given = { STRIPE_SECRET_KEY: 'sk_test_sandbox', CONTRACT: 'sk_test_misplaced' }
    expect(() => readSettings(given)).toThrow(
      /^(?!.*sk_test).*WORKSPACE_TOKEN_SECRET.*STRIPE_WEBHOOK_SECRET.*PARTNER_BASE_URL.*CONTRACT/,
    )
  })
})
