import process from 'node:process'
import { Problem } from '../sandbox/problem.ts'

/** Runs a command's main function: a Problem is said in its own words, a bug with its stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error)
    process.exitCode = 1
  }
}
