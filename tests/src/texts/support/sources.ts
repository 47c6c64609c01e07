import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parse, type SFCTemplateBlock } from 'vue/compiler-sfc'
import ts from 'typescript'

const FOLDER = join(process.cwd(), 'src')

type TemplateNode = NonNullable<SFCTemplateBlock['ast']>['children'][number]

/** A literal of the source: where it is, what it says, and whether code or the template holds it. */
export interface Literal {
  readonly file: string
  readonly text: string
  /** A template literal's text up to its first hole, such as `error.` of `error.${code}`. */
  readonly open: boolean
  /** In a thrown error: said to programmers, and in the console. */
  readonly inError: boolean
}

/** A text a person would see that stands in the template itself. */
export interface Words {
  readonly file: string
  readonly text: string
}

/** All literals of code below src/, of scripts and of what the templates and pages ask for. */
export function literals(): Literal[] {
  return [
    ...sources().flatMap(({ file, code, expressions }) => [
      ...literalsOf(file, code),
      ...expressions.flatMap((expression) => literalsOf(file, `(${expression})`)),
    ]),
    ...pages().flatMap(({ file, content }) =>
      [...content.matchAll(/data-text="([^"]+)"/g)].map(([, text = '']) => ({
        file,
        text,
        open: false,
        inError: false,
      })),
    ),
  ]
}

export function templateWords(): Words[] {
  return [
    ...sources().flatMap(({ file, words }) => words.map((text) => ({ file, text }))),
    ...pages().flatMap(({ file, content }) => pageWords(content).map((text) => ({ file, text }))),
  ]
}

/** What stands in the body of a page of our own. */
function pageWords(content: string): string[] {
  const body = /<body>(.*)<\/body>/s.exec(content)?.[1] ?? ''
  return (body.match(/(?<=>)[^<>]+/g) ?? [])
    .map((text) => text.trim())
    .filter((text) => WORD.test(text))
}

interface Source {
  readonly file: string
  readonly code: string
  readonly expressions: readonly string[]
  readonly words: readonly string[]
}

/** The literals in what a button or a tab says. */
export function buttonLiterals(): Literal[] {
  return filesBelow(/\.vue$/).flatMap(({ file, content }) => {
    const { descriptor } = parse(content)
    return (descriptor.template?.ast?.children ?? [])
      .flatMap((node) => buttonExpressions(node, false))
      .flatMap((expression) => literalsOf(file, `(${expression})`))
  })
}

const BUTTON = /^(?:Button|button|PageButton|Tab)$/

function buttonExpressions(node: TemplateNode, inButton: boolean): string[] {
  if (node.type === INTERPOLATION) return inButton ? [node.content.loc.source] : []
  if (node.type !== ELEMENT) return []
  const isButton = BUTTON.test(node.tag)
  const labels = node.props.flatMap((prop) =>
    isButton && prop.type === DIRECTIVE && prop.exp && prop.arg?.loc.source === 'label'
      ? prop.exp.loc.source
      : [],
  )
  return [
    ...labels,
    ...node.children.flatMap((child) => buttonExpressions(child, inButton || isButton)),
  ]
}

function sources(): Source[] {
  return filesBelow(/(?<!\.d)\.ts$|\.vue$/).map(({ file, content }) => sourceOf(file, content))
}

const pages = () => filesBelow(/\.html$/)

function filesBelow(name: RegExp): { file: string; content: string }[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => ({ file, content: readFileSync(join(FOLDER, file), 'utf8') }))
}

/** What a `.ts` or `.vue` file holds; of a component, code is its script. */
export function sourceOf(file: string, content: string): Source {
  if (!file.endsWith('.vue')) return { file, code: content, expressions: [], words: [] }
  const { descriptor } = parse(content)
  const found: Pick<Source, 'words' | 'expressions'> & {
    words: string[]
    expressions: string[]
  } = { words: [], expressions: [] }
  for (const node of descriptor.template?.ast?.children ?? []) readNode(node, found)
  return { file, code: descriptor.scriptSetup?.content ?? '', ...found }
}

/** Attributes that a person sees or hears. */
const SPOKEN = new Set(['aria-label', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label'])
const WORD = /\p{L}/u

/** Vue's node types (NodeTypes is a const enum, which an isolated module cannot read). */
const ELEMENT = 1
const TEXT = 2
const INTERPOLATION = 5
const ATTRIBUTE = 6
const DIRECTIVE = 7

function readNode(node: TemplateNode, found: { words: string[]; expressions: string[] }): void {
  if (node.type === TEXT && WORD.test(node.content)) found.words.push(node.content.trim())
  if (node.type === INTERPOLATION) found.expressions.push(node.content.loc.source)
  if (node.type !== ELEMENT) return
  for (const prop of node.props) {
    if (prop.type === ATTRIBUTE && SPOKEN.has(prop.name) && WORD.test(prop.value?.content ?? ''))
      found.words.push(prop.value?.content ?? '')
    // Of v-for and v-slot only names come, and no literals.
    if (prop.type === DIRECTIVE && prop.exp && !['for', 'slot'].includes(prop.name))
      found.expressions.push(prop.exp.loc.source)
  }
  for (const child of node.children) readNode(child, found)
}

export function literalsOf(file: string, code: string): Literal[] {
  const found: Literal[] = []
  const visit = (node: ts.Node, inError: boolean): void => {
    if (ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return
    const here = inError || isError(node)
    if (ts.isStringLiteralLike(node)) {
      found.push({ file, text: node.text, open: false, inError: here })
    } else if (ts.isTemplateExpression(node)) {
      found.push({ file, text: node.head.text, open: true, inError: here })
      for (const { literal } of node.templateSpans)
        found.push({ file, text: literal.text, open: true, inError: here })
    }
    node.forEachChild((child) => visit(child, here))
  }
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS), false)
  return found
}

function isError(node: ts.Node): boolean {
  return ts.isNewExpression(node) && node.expression.getText().endsWith('Error')
}
