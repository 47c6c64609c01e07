/** What the checks of translations let pass, each looked at by a person. */

/** Names that stay in Latin letters in every language. */
export const NAMES =
  /ComfyUI Credits|ComfyUI|Comfy|Stripe|Alipay|WeChat Pay|Ctrl\+C|⌘C|Mac|Tokens?|QR|3D|API|CSV|JSON|PDF|USD|US\$|ID|--disable-api-nodes|\b[AZ]\b|\{\w+\}/g

/** Texts that are the English ones, as the words are the same in that language. */
export const SAME_AS_ENGLISH: Readonly<Record<string, readonly string[]>> = {
  de: [
    'Credits',
    'Filter',
    'Limit',
    'Limits',
    'Links',
    'Maximum',
    'Minimum',
    'Node',
    'Nodes',
    'Status',
    'Support',
    'Workflow',
    'Workflow: {name}',
    'Workflows',
  ],
  es: ['Personal', 'Total'],
  fr: [
    'Date',
    'Maximum',
    'Maximum {max}',
    'Menu',
    'Minimum',
    'Minimum {min}',
    'Minimum {min}, maximum {max}.',
    'Options',
    'Page',
    'Total',
    'Workflow',
    'Workflows',
  ],
  it: ['Account', 'File', 'Menu', 'Workflow', 'Workflow: {name}'],
  'pt-BR': ['Links', 'Menu', 'Status', 'Total'],
  tr: ['Model', 'Model: {name}'],
}

/** Buttons that are more than 1.6 times as long as the English, where nothing is cut. */
export const LONG_BUTTONS: Readonly<Record<string, 'looked at'>> = {
  'de/comfyuiCredits.history.loadingMore': 'looked at',
  'de/comfyuiCredits.tabs.settings': 'looked at',
  'es/comfyuiCredits.details.openWorkflow': 'looked at',
  'es/comfyuiCredits.pictures.show-workflows': 'looked at',
  'es/comfyuiCredits.stacking.workflow': 'looked at',
  'es/comfyuiCredits.tabs.settings': 'looked at',
  'fr/ComfyUICredits_Buy.label': 'looked at',
  'fr/ComfyUICredits_History.label': 'looked at',
  'fr/comfyuiCredits.buy.title': 'looked at',
  'fr/comfyuiCredits.guard.buy': 'looked at',
  'fr/comfyuiCredits.guard.run': 'looked at',
  'fr/comfyuiCredits.out.csv': 'looked at',
  'pt-BR/comfyuiCredits.buy.checkNow': 'looked at',
  'pt-BR/comfyuiCredits.details.openWorkflow': 'looked at',
  'pt-BR/comfyuiCredits.guard.run': 'looked at',
  'pt-BR/comfyuiCredits.list.loadAll': 'looked at',
  'pt-BR/comfyuiCredits.pictures.show-days': 'looked at',
  'pt-BR/comfyuiCredits.pictures.show-workflows': 'looked at',
  'pt-BR/comfyuiCredits.stacking.workflow': 'looked at',
  'pt-BR/comfyuiCredits.tabs.settings': 'looked at',
  'ru/comfyuiCredits.buy.copyLink': 'looked at',
  'ru/comfyuiCredits.details.openWorkflow': 'looked at',
  'ru/comfyuiCredits.list.loadAll': 'looked at',
  'ru/comfyuiCredits.pictures.show-workflows': 'looked at',
  'ru/comfyuiCredits.stacking.workflow': 'looked at',
  'tr/comfyuiCredits.buy.copyLink': 'looked at',
}
