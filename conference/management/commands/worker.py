from conference.mail.management.commands import send_emails
from conference.management.renamed import RenamedCommandMixin


class Command(RenamedCommandMixin, send_emails.Command):
    old_name, new_name = "worker", "send_emails"
