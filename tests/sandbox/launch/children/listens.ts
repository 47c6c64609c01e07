// A child for child.test.ts: says what it was given, then that it is ready.
process.once('SIGTERM', () => process.exit(0))
process.once('SIGUSR2', () => {
  process.stderr.write('out of paper\n')
  process.exit(3)
})
setInterval(() => {}, 1000)
process.stdout.write(`${JSON.stringify(process.env)}\n`)
process.stdout.write(`{"ready":true,"url":"http://127.0.0.1:${process.env['PORT']}"}\n`)
