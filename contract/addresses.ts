/** Where ComfyUI itself sends its calls when nothing else is configured. */
export const DEFAULT_API_BASE = 'https://api.comfy.org'
export const DEFAULT_CLOUD_BASE = 'https://cloud.comfy.org'
