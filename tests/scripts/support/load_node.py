"""Loads a custom node's folder as ComfyUI's server does (nodes.py, load_custom_node) and prints one
line of JSON: what it found there, and which modules the import brought in."""

import importlib.util
import json
import os
import sys

folder = sys.argv[1]
known = set(sys.modules)

name = folder.replace(".", "_x_")
spec = importlib.util.spec_from_file_location(
    name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)

web = os.path.abspath(os.path.join(folder, module.WEB_DIRECTORY))
found = {
    "python": "%d.%d" % sys.version_info[:2],
    "web": sorted(os.listdir(web)),
    "nodes": module.NODE_CLASS_MAPPINGS,
    "names": module.NODE_DISPLAY_NAME_MAPPINGS,
    "exports": sorted(module.__all__),
    "imported": sorted(set(sys.modules) - known - {name}),
}
print(json.dumps(found))
