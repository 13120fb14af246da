import datetime


class DateConverter:
    """An ISO 8601 date in an address: 2020-12-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value):
        return datetime.date.fromisoformat(value)

    def to_url(self, value):
        return value.isoformat()
