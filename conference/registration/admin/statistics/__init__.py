"""The page of statistics and its charts."""

from .views import statistics_view

__all__ = ["statistics_view"]
