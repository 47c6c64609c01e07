import { Problem } from '../problem.ts'

const NO_DISK = /No space left on device|not enough space on the disk|ENOSPC/i
const NO_NETWORK =
  /NewConnectionError|ConnectionError|NameResolutionError|name resolution|getaddrinfo|Network is unreachable|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError/i
const NO_VERSION = /No matching distribution found/i

/** The message about a failed download of the frontend, from the output of pip and Python. */
export function pipProblem(version: string, words: string): Problem {
  if (NO_DISK.test(words)) {
    return new Problem(
      "The disk is full: ComfyUI's frontend needs about 150 MB while it is unpacked. Make room, then start again.",
    )
  }
  // Before the version: without a network pip says "no matching distribution" too.
  if (NO_NETWORK.test(words)) {
    return new Problem(
      `ComfyUI's frontend ${version} could not be fetched from the Python package index. ` +
        "Check the network (or pip's proxy settings), then start again. Once downloaded, it stays in .cache.",
    )
  }
  if (NO_VERSION.test(words)) {
    return new Problem(
      `The Python package index has no comfyui-frontend-package ${version}. ` +
        'Give a version that is listed on https://pypi.org/project/comfyui-frontend-package/#history.',
    )
  }
  const last = words.trim().split('\n').slice(-5).join('\n')
  return new Problem(`pip could not fetch ComfyUI's frontend ${version}. It said:\n${last}`)
}
