import {
  combo,
  dynamicCombo,
  int,
  nodeType,
  workflow,
} from '../../tests/support/builders/workflow.ts'

/** Price lists as long as ComfyUI's, of the shapes that most of them have. */
const byTable = `(
  $res := $lookup(widgets, "model.resolution");
  $seconds := $lookup(widgets, "model.duration");
  $rates := $contains(widgets.model, "pro")
    ? {"480p": 0.05, "720p": 0.15, "1080p": 0.16}
    : {"480p": 0.03, "720p": 0.06, "1080p": 0.08};
  $rate := $lookup($rates, $res);
  {"type": "usd", "usd": $rate * $seconds}
)`
const byRange = `(
  $table := {"fast": {"480p": [0.09, 0.1], "1080p": [0.47, 0.49]},
             "pro": {"480p": [0.23, 0.24], "1080p": [1.18, 1.22]}};
  $range := $lookup($lookup($table, widgets.model), widgets.resolution);
  $scale := widgets.duration / 10;
  {"type": "range_usd", "min_usd": $range[0] * $scale, "max_usd": $range[1] * $scale,
   "format": {"approximate": true}}
)`
const byPixels = `(
  $MP := 1024 * 1024;
  $outMP := $max([1, $floor(((widgets.width * widgets.height) + $MP - 1) / $MP)]);
  $cost := 0.03 + 0.015 * ($outMP - 1);
  inputs.images.connected
    ? {"type": "range_usd", "min_usd": $cost + 0.015, "max_usd": $cost + 0.12}
    : {"type": "usd", "usd": $cost}
)`

const sizes = { resolution: combo('480p', '720p', '1080p'), duration: int({ default: 5 }) }

export const nodeTypes = {
  Table: nodeType({
    required: {
      prompt: ['STRING', {}],
      model: dynamicCombo({ 'video-pro': sizes, 'video-fast': sizes }),
      seed: int({ control_after_generate: true }),
    },
    price: {
      expr: byTable,
      widgets: {
        model: 'COMFY_DYNAMICCOMBO_V3',
        'model.resolution': 'COMBO',
        'model.duration': 'INT',
      },
    },
  }),
  Range: nodeType({
    required: {
      model: combo('fast', 'pro'),
      resolution: combo('480p', '1080p'),
      duration: int({ default: 5 }),
    },
    price: { expr: byRange, widgets: { model: 'COMBO', resolution: 'COMBO', duration: 'INT' } },
  }),
  Pixels: nodeType({
    required: { width: int(), height: int() },
    price: { expr: byPixels, widgets: { width: 'INT', height: 'INT' }, inputs: ['images'] },
  }),
}

/**
 * As many partner nodes, each with settings of its own, so that none is known from another. `size` is
 * a widget of the last of one type.
 */
export function largeWorkflow(count: number, size = 1024): object {
  return workflow(
    Array.from({ length: count }, (_, index) => {
      const id = index + 1
      if (index % 3 === 0) {
        const model = index % 2 === 0 ? 'video-pro' : 'video-fast'
        return { id, type: 'Table', widgets: ['a cat', model, '720p', id, 7, 'randomize'] }
      }
      return index % 3 === 1
        ? { id, type: 'Range', widgets: ['pro', '1080p', id] }
        : { id, type: 'Pixels', widgets: [id > count - 3 ? size : 1024, id] }
    }),
  )
}
