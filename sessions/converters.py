import datetime


class DateConverter:
    """An ISO 8601 date in a URL: 2020-12-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value):
        return datetime.date.fromisoformat(value)

    def to_url(self, value):
        # Templates hand over the text that the filter date:"Y-m-d" returns.
        return str(value)
