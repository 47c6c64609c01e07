import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'pressure',
  description: `Measures how long the service's event loop is held, and how much memory it takes, while strangers
upload, stall, watch and send deep JSON. An idle process beside it shows what the machine adds.`,
  options: {},
  notes: 'It needs a PostgreSQL server; see npm test. It takes about a minute.',
  examples: ['npm run pressure'],
  async run() {
    const { measurePressure } = await import('../pressure/run.ts')
    await measurePressure(({ attack, answers, service, idle }) => {
      console.log(`${attack}: ${answers}`)
      for (const [name, { worstMs, p99Ms, megabytes }] of Object.entries({ service, idle })) {
        const figures = [worstMs, p99Ms, megabytes].map((figure) => figure.toFixed(0).padStart(5))
        console.log(
          `  ${name.padEnd(8)} worst ${figures[0]} ms, 99 % ${figures[1]} ms, ${figures[2]} MB`,
        )
      }
    })
  },
})
