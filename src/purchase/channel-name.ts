/** Apart from the schema, so that the return page carries no parser. */
export const CHANNEL = 'comfyui-credits'
