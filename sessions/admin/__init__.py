from . import programme  # noqa: F401 - importing it registers its models
