import type { PanelHost } from '../host.ts'
import { PanelAccount } from '../account.ts'
import { pressUntilAsked, sampleWorkflow } from '../sample-workflow.ts'
import type { PanelState, Stage } from './state.ts'

/** While a workflow is open, asked about, or running. */
export const runningStates: Readonly<Record<string, PanelState>> = {
  estimate: { runs: 40, host: { openWorkflow: sampleWorkflow }, next: openEstimate },
  'estimate-batch': {
    runs: 40,
    host: { openWorkflow: sampleWorkflow },
    next(stage) {
      stage.host.chooseBatchCount(4)
      return openEstimate(stage)
    },
  },
  'workflow-cost': {
    runs: 40,
    host: { openWorkflow: sampleWorkflow },
    next: ({ press }) => press('.cc-workflow-cost summary'),
  },
  'guard-short': {
    account: () => new PanelAccount(0.1),
    host: { openWorkflow: sampleWorkflow },
    next: pressRun,
  },
  'guard-negative': {
    account: () => new PanelAccount(-4.2),
    host: { openWorkflow: sampleWorkflow },
    next: pressRun,
  },
  running: { runs: 40, tab: 'history', next: ({ host }) => startRun(host) },
}

async function openEstimate({ host }: { host: PanelHost }): Promise<void> {
  host.draw(sampleWorkflow)
  const text = await until(() => host.estimate())
  const button = document.createElement('button')
  Object.assign(button, { id: 'estimate', textContent: text.label, title: text.hint })
  document.querySelector('#panel')?.before(button)
  const toggle = (): void => text.onPress?.(button)
  button.addEventListener('click', toggle)
  toggle()
  // A resize closes it, and every width is to be looked at.
  window.addEventListener('resize', () =>
    requestAnimationFrame(() => {
      if (document.querySelector('.comfyui-credits.cc-popover') === null) toggle()
    }),
  )
}

async function pressRun({ host, seen }: Stage): Promise<void> {
  void pressUntilAsked(host, { source: 'button', batch: 4 })
  await seen('.cc-guard-dialog')
}

function startRun(host: PanelHost): void {
  const tell = (type: string, detail: unknown): void => host.tell({ type, detail, at: Date.now() })
  const prompt_id = 'sample-running'
  tell('credits_sent', { send: 1, source: 'button', batch: 1 })
  tell('credits_accepted', { send: 1, prompt_id, number: 1, output: {} })
  tell('execution_start', { prompt_id })
  tell('executing', '1')
  const say = (text: string) => tell('progress_text', { prompt_id, nodeId: '1', text })
  say('Status: Waiting for server\nTime elapsed: 0s')
  say('Status: Completed\nPrice: 12.66 credits\nTime elapsed: 4s')
  say('Status: Waiting for server\nTime elapsed: 0s')
}

/** At the next frame at which there is something. */
async function until<T>(what: () => T | null): Promise<T> {
  for (;;) {
    const found = what()
    if (found !== null) return found
    await new Promise(requestAnimationFrame)
  }
}
