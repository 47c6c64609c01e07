/** The frontends everything is tested on: the oldest supported, two between, the newest. */
export const FRONTEND_VERSIONS = ['1.40.7', '1.45.21', '1.50.6', '1.58.1'] as const

export const NEWEST_FRONTEND = '1.58.1'
