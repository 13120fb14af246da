from conference.management.renamed import RenamedCommandMixin
from conference.registration.management.commands import purge_expired_data


class Command(RenamedCommandMixin, purge_expired_data.Command):
    old_name, new_name = "purge", "purge_expired_data"
