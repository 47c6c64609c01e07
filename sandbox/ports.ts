import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import getPort from 'get-port'
import * as z from 'zod'
import { Problem } from './problem.ts'

const portsSchema = z.object({
  credits: z.number(),
  stripe: z.number(),
  identity: z.number(),
  partner: z.number(),
})

/** Ports of the services beside ComfyUI. */
export type ServicePorts = z.infer<typeof portsSchema>

/**
 * Free ports, the same as last time where they still are: a payment page or a QR code that was
 * opened before a restart must lead to the same place after it.
 */
export async function chooseServicePorts(dataDir: string, bind: string): Promise<ServicePorts> {
  const file = join(dataDir, 'ports.json')
  const last = await readPorts(file)
  const ports = {
    credits: await freePort(bind, last?.credits),
    stripe: await freePort(bind, last?.stripe),
    identity: await freePort(bind, last?.identity),
    partner: await freePort(bind, last?.partner),
  }
  await writeFile(file, JSON.stringify(ports))
  return ports
}

/** A free port of the machine, `wanted` if it is one. */
export async function freePort(host: string, wanted?: number): Promise<number> {
  if (wanted !== undefined && (await tryToListen(host, wanted)) === null) return wanted
  return getPort({ host })
}

/** Throws a Problem when `port` cannot be listened on. */
export async function requirePort(host: string, port: number): Promise<void> {
  const refusal = await tryToListen(host, port)
  if (refusal === null) return
  const another = `or take another one: npm start -- --port ${port === 8288 ? 8388 : port + 1}`
  if (refusal === 'EADDRINUSE') {
    const who =
      process.platform === 'win32' ? `netstat -ano | findstr :${port}` : `lsof -i :${port}`
    const ours = (await isSandbox(port)) ? ' by a sandbox of ComfyUI Credits' : ''
    throw new Problem(
      `Port ${port} is taken${ours}. \`${who}\` says by which process; end it, ${another}`,
    )
  }
  throw new Problem(
    `Port ${port} cannot be used on ${host} (${refusal}). Check the number, ${another}`,
  )
}

/** The error code of listening there, or null when it works. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((settle) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => settle(null)))
  })
}

async function isSandbox(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/sandbox/config.json`, {
      signal: AbortSignal.timeout(500),
    })
    return answer.ok
  } catch {
    return false // Another program: it does not answer as ours would.
  }
}

/** Where the credits service of a sandbox is, or was; null for a folder without one. */
export async function creditsPort(dataDir: string): Promise<number | null> {
  return (await readPorts(join(dataDir, 'ports.json')))?.credits ?? null
}

async function readPorts(file: string): Promise<ServicePorts | null> {
  if (!existsSync(file)) return null
  try {
    return portsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null // Unreadable is as good as none: only a convenience is lost.
  }
}
