import { randomFrom } from './random.ts'

/** The stand-in's rule for text: a token is four characters, begun ones count. */
const CHARACTERS_A_TOKEN = 4
/** The stand-in's rule for pictures: 85 tokens, and 17 for each begun tile of 64 × 64 pixels. */
const PICTURE_BASE_TOKENS = 85
const TILE_TOKENS = 17
const TILE = 64

export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_A_TOKEN)
}

export function pictureTokens(width: number, height: number): number {
  return PICTURE_BASE_TOKENS + TILE_TOKENS * Math.ceil(width / TILE) * Math.ceil(height / TILE)
}

/** The text up to a number of tokens. */
export function cutToTokens(text: string, tokens: number): string {
  return text.slice(0, tokens * CHARACTERS_A_TOKEN)
}

/** Fewer than there are thoughts, and no divisor of them: paragraphs differ. */
const SENTENCES_A_PARAGRAPH = 3

const OPENINGS = [
  'There are two honest ways to look at this.',
  'The short answer is that it depends on what you want to keep.',
  'Begin with the part that is hardest to change later.',
  'Most of the difficulty here sits in one place.',
]
const THOUGHTS = [
  'What matters first is who will use the result, and how soon.',
  'A small trial tells more than a long plan, as long as somebody reads what it says.',
  'Write down what would change your mind before you look at the figures.',
  'If two choices seem equal, take the one that is easier to undo.',
  'The cost is rarely in the making and often in the keeping.',
  'It helps to say aloud what is not going to be done.',
  'Where the facts are thin, mark them as thin and go on.',
  'The next reader will thank you for one clear example.',
]
const ENDINGS = [
  'If I had to choose today, I would start small and look again in a week.',
  'None of this is final, and that is its strength.',
  'Ask again with more detail and the answer will be sharper.',
]

/** Some paragraphs about the prompt, the same ones for the same seed. */
export function answerTo(prompt: string, seed: string, paragraphs: number): string {
  const random = randomFrom(seed)
  const choose = (sentences: readonly string[]) =>
    sentences[Math.floor(random() * sentences.length)] ?? ''
  const subject = prompt.trim().replaceAll(/\s+/g, ' ').slice(0, 80)
  // In turn from a chosen one on: chosen one by one, a sentence would follow itself.
  const first = Math.floor(random() * THOUGHTS.length)
  const body = Array.from({ length: paragraphs }, (_, paragraph) =>
    Array.from({ length: SENTENCES_A_PARAGRAPH }, (_unused, sentence) => {
      const place = first + paragraph * SENTENCES_A_PARAGRAPH + sentence
      return THOUGHTS[place % THOUGHTS.length]
    }).join(' '),
  )
  return [`On “${subject}”: ${choose(OPENINGS)}`, ...body, choose(ENDINGS)].join('\n\n')
}
