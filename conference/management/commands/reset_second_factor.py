from conference.management.renamed import RenamedCommandMixin

from . import reset_mfa


class Command(RenamedCommandMixin, reset_mfa.Command):
    old_name, new_name = "reset_second_factor", "reset_mfa"
