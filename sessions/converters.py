"""Path converters of URL patterns."""

import datetime


class DateConverter:
    """An ISO 8601 date in a URL: 2020-12-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> datetime.date:
        return datetime.date.fromisoformat(value)

    def to_url(self, value: datetime.date | str) -> str:
        # Templates may pass the text that the filter date:"Y-m-d" returns.
        return str(value)
