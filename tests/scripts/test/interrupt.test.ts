import { spawn } from 'node:child_process'
import process from 'node:process'
import { expect, it } from 'vitest'

it.skipIf(process.platform === 'win32')(
  'npm test ends with its tools at Ctrl+C, and says so',
  { timeout: 60_000 },
  async () => {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'test', '--step', 'types'])
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    // The tool starts in the same turn as this is printed.
    for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
      stdout += String(text)
      if (stdout.includes('step 1 of 1')) break
    }
    child.stdout.resume()
    child.kill('SIGINT')
    // It exits only after its tool has, and vue-tsc alone would take much longer.
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect([code, stderr]).toEqual([130, '\nInterrupted.\n'])
  },
)
