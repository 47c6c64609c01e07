export type Raw = readonly [type: string, detail: unknown]

/** A run in which every name and id is this text. */
export function runNamed(name: string): Raw[] {
  const nodes = Object.fromEntries([[name, { state: 'running' }]])
  return [
    ['credits_sent', { send: 1, source: name, batch: 1 }],
    ['credits_accepted', { send: 1, prompt_id: name, output: { [name]: { class_type: name } } }],
    ['execution_start', { prompt_id: name }],
    ['progress_state', { prompt_id: name, nodes }],
    ['executing', name],
    ['progress_text', { nodeId: name, text: 'Status: Waiting for server\nTime elapsed: 0s' }],
    ['progress_text', { nodeId: name, text: `Status: ${name}\nPrice: 12.66 credits` }],
    [
      'execution_error',
      {
        prompt_id: name,
        node_id: name,
        node_type: name,
        exception_type: name,
        exception_message: name,
      },
    ],
    ['credits_refused', { code: name }],
  ]
}

/** Names of workflows, nodes and partners, chosen with or without bad intent. */
export const hostileTexts: Readonly<Record<string, string>> = {
  markup: '<img src=x onerror=alert(1)>',
  script: '"><script>document.title = "theirs"</script>',
  'a style': '</style><style>* { display: none }',
  'a template': '{{ constructor.constructor("throw 1")() }} {credits} | @:history.title %{x}',
  'a prototype’s name': '__proto__',
  'a constructor': 'constructor',
  'a method’s name': 'toString',
  'a property’s name': 'hasOwnProperty',
  'right to left': '\u{202E}gnp.esaelp-yap\u{202C} \u{2066}x\u{2069}',
  'control characters': 'one\u{0}two\u{7}\u{1B}[2Jthree\r\nfour\u{2028}five',
  'half a letter': '\u{D83D} half \u{DE00}',
  'a spreadsheet’s formula': '=HYPERLINK("http://x.invalid","pay")',
  'many marks on one letter': `Z${'\u{0301}'.repeat(150)}`,
  'a megabyte': 'x'.repeat(1_000_000),
  'a megabyte of markup': '<b>'.repeat(333_333),
}

export const hostileValues: readonly unknown[] = [
  null,
  undefined,
  true,
  Number.NaN,
  Infinity,
  -1,
  1e300,
  '',
  [],
  [[]],
  {},
  { toString: null },
  { length: 1e9 },
  ['x'.repeat(1000)],
]

export const hostileNumbers: readonly (number | string)[] = [
  Number.NaN,
  Infinity,
  -Infinity,
  -12.66,
  1e21,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  'NaN',
  '1e9',
  '-5',
  '0x10',
  '999999999999999999999',
  '12.66.1',
  '١٢',
]
