/**
 * ComfyUI draws a workflow of its own where there is none to restore, with nodes this host does not
 * have. Here the sandbox's workflow stands in for it: ready to run, with one API node. Served as an
 * extension, so that it works in the same way in every version of the frontend.
 */

// What `/scripts/app.js` exports, in every version.
const { app } = window.comfyAPI.app

const workflow = fetch(new URL('../../sandbox/workflow.json', import.meta.url)).then((answer) =>
  answer.json(),
)

app.registerExtension({
  name: 'sandbox.default-workflow',
  async init() {
    const standIn = await workflow
    const load = app.loadGraphData
    app.loadGraphData = function (graph, ...rest) {
      return load.call(this, graph ?? structuredClone(standIn), ...rest)
    }
  },
})
