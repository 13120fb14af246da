"""Storage of static files under names with a hash of their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, with hashed names also in the imports of JavaScript modules."""

    support_js_module_import_aggregation = True
