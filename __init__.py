"""ComfyUI Credits: a Credits tab in ComfyUI's settings.

Nothing runs on the server. ComfyUI serves the web directory, and the page imports the entry from
there.
"""

import os

WEB_DIRECTORY = "./dist"
NODE_CLASS_MAPPINGS = {}
NODE_DISPLAY_NAME_MAPPINGS = {}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]

# A git clone has no built files: without this line the tab would be missing and nothing would say why.
_folder = os.path.dirname(os.path.abspath(__file__))
if not os.path.isfile(os.path.join(_folder, "dist", "credits.js")):
    print(
        "[ComfyUI Credits] The Credits tab is missing because it is not built. "
        "Run `npm run build` in %s, or install the release zip instead." % _folder
    )
