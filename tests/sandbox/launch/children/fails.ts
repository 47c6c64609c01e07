// A child for child.test.ts: ends before it is ready.
process.stderr.write('PORT is required.\n')
process.exit(1)
