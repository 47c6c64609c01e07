/** Folders of src, each above those it imports from. */
export const ORDER: readonly string[]
export function boundaryOverrides(): object[]
