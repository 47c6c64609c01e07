"""ComfyUI Credits: a Credits tab in ComfyUI's settings.

Nothing runs on the server. ComfyUI serves the web directory, and the page imports the entry from
there; the built files come with `npm run build`.
"""

WEB_DIRECTORY = "./dist"
NODE_CLASS_MAPPINGS = {}
NODE_DISPLAY_NAME_MAPPINGS = {}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]
